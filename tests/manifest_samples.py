"""Papers as sites send them, written for these tests: two bills of lading of ASYCUDA, a declaration, CUSCAR and VERMAS."""

AWMDS = """<?xml version="1.0" encoding="UTF-8"?>
<Awmds>
  <General_segment>
    <General_segment_id>
      <Customs_office_code>PORT1</Customs_office_code><Voyage_number>204N</Voyage_number>
      <Date_of_departure>2026-03-02</Date_of_departure><Date_of_arrival>2026-03-19</Date_of_arrival>
    </General_segment_id>
    <Totals_segment>
      <Total_number_of_bols>3</Total_number_of_bols><Total_number_of_packages>1331</Total_number_of_packages>
      <Total_number_of_containers>4</Total_number_of_containers><Total_gross_mass>45210.5</Total_gross_mass>
    </Totals_segment>
  </General_segment>
  <Bol_segment>
    <Bol_id><Bol_reference>GRNW26031177</Bol_reference><Line_number>1</Line_number><Bol_nature>23</Bol_nature></Bol_id>
    <Traders_segment>
      <Exporter><Exporter_code/><Exporter_name>Nordwall Tyre Works AB
Hamngatan 4, Halmstad</Exporter_name></Exporter>
      <Consignee><Consignee_code>C20331</Consignee_code><Consignee_name>Amber Coast Motors Ltd</Consignee_name></Consignee>
    </Traders_segment>
    <ctn_segment>
      <Ctn_reference>CSQU3054383</Ctn_reference><Number_of_packages>640</Number_of_packages>
      <Type_of_container>22G1</Type_of_container><Empty_Full>1/1</Empty_Full>
      <Marks1>NW118204</Marks1><Marks2>K77</Marks2><Marks3/><Sealing_Party>SH</Sealing_Party>
      <Empty_weight>2230</Empty_weight><Goods_weight>6400</Goods_weight>
    </ctn_segment>
    <ctn_segment>
      <Ctn_reference>TGHU4175529</Ctn_reference><Number_of_packages>660</Number_of_packages>
      <Type_of_container>22G1</Type_of_container><Empty_Full>1/1</Empty_Full><Marks1>NW118205</Marks1>
      <Empty_weight>0</Empty_weight><Goods_weight>6610.5</Goods_weight>
    </ctn_segment>
    <Goods_segment>
      <Number_of_packages>1300</Number_of_packages><Package_type_code>PCE</Package_type_code>
      <Gross_mass>13010.5</Gross_mass><Shipping_marks>NORDWALL
1-1300</Shipping_marks><Goods_description>NEW PNEUMATIC TYRES
FOR PASSENGER CARS</Goods_description>
      <Volume_in_cubic_meters>58</Volume_in_cubic_meters><Num_of_ctn_for_this_bol>2</Num_of_ctn_for_this_bol>
    </Goods_segment>
  </Bol_segment>
  <Bol_segment>
    <Bol_id><Bol_reference>GRNW26031180</Bol_reference><Line_number>2</Line_number><Bol_nature>23</Bol_nature></Bol_id>
    <Traders_segment>
      <Exporter><Exporter_name>Lindqvist Kitchens</Exporter_name></Exporter>
      <Consignee><Consignee_code>C20915</Consignee_code><Consignee_name/></Consignee>
    </Traders_segment>
    <ctn_segment>
      <Ctn_reference>TGHU 417552-9</Ctn_reference><Number_of_packages>30</Number_of_packages>
      <Type_of_container>22G1</Type_of_container><Empty_Full>1/1</Empty_Full><Marks1>NW118205</Marks1>
    </ctn_segment>
    <Goods_segment>
      <Number_of_packages>30</Number_of_packages><Package_type_code>CT</Package_type_code><Gross_mass>1200</Gross_mass>
      <Shipping_marks>N/M</Shipping_marks><Goods_description>Kitchen cupboards, wood</Goods_description>
      <Num_of_ctn_for_this_bol>1</Num_of_ctn_for_this_bol>
    </Goods_segment>
  </Bol_segment>
  <Bol_segment>
    <Bol_id><Bol_reference>GRNW26031199</Bol_reference><Line_number>3</Line_number><Bol_nature>23</Bol_nature></Bol_id>
    <ctn_segment>
      <Ctn_reference>HLXU6203115</Ctn_reference><Number_of_packages>1</Number_of_packages>
      <Type_of_container>45G1</Type_of_container><Empty_Full>0/0</Empty_Full>
    </ctn_segment>
    <Goods_segment>
      <Number_of_packages>1</Number_of_packages><Package_type_code>UN</Package_type_code><Gross_mass>3900</Gross_mass>
      <Goods_description>1X40HC EMPTY CONTAINER</Goods_description>
    </Goods_segment>
  </Bol_segment>
</Awmds>
"""

SAD = """<?xml version="1.0" encoding="UTF-8"?>
<ASYCUDA>
  <Property><Sad_flow>I</Sad_flow><Nbers><Total_number_of_items>2</Total_number_of_items></Nbers></Property>
  <Identification>
    <Manifest_reference_number>PORT1 2026 204N</Manifest_reference_number>
    <Registration><Serial_number>C</Serial_number><Number>8812</Number></Registration>
  </Identification>
  <Traders>
    <Exporter><Exporter_code><null/></Exporter_code><Exporter_name>Brightwater Appliances
Unit 9, Mill Lane</Exporter_name></Exporter>
    <Consignee><Consignee_code>771204</Consignee_code><Consignee_name>Harbour Homestore</Consignee_name></Consignee>
  </Traders>
  <Declarant><Declarant_code>B11</Declarant_code><Reference><Year>2026</Year><Number>HH-0417</Number></Reference></Declarant>
  <Valuation><Calculation_working_mode>1</Calculation_working_mode><Weight><Gross_weight>9150</Gross_weight></Weight></Valuation>
  <Item>
    <Packages><Number_of_packages>120</Number_of_packages><Marks1_of_packages>HH 1-120</Marks1_of_packages>
      <Marks2_of_packages><null/></Marks2_of_packages><Kind_of_packages_code>CT</Kind_of_packages_code></Packages>
    <Tarification>
      <HScode><Commodity_code>84501100</Commodity_code><Precision_1>00</Precision_1><Precision_2/></HScode>
      <Supplementary_unit><Suppplementary_unit_code>KGM</Suppplementary_unit_code>
        <Suppplementary_unit_quantity>7000</Suppplementary_unit_quantity></Supplementary_unit>
      <Supplementary_unit><Suppplementary_unit_code>NMB</Suppplementary_unit_code>
        <Suppplementary_unit_quantity>120.00</Suppplementary_unit_quantity></Supplementary_unit>
    </Tarification>
    <Goods_description><Country_of_origin_code>TR</Country_of_origin_code>
      <Description_of_goods>Fully-automatic machines, of a dry linen capacity not exceeding 10 kg</Description_of_goods>
      <Commercial_Description>WASHING MACHINES 8 KG
FRONT LOADER</Commercial_Description></Goods_description>
    <Valuation_item><Weight_itm><Gross_weight_itm>8400</Gross_weight_itm><Net_weight_itm>7800</Net_weight_itm></Weight_itm>
    </Valuation_item>
  </Item>
  <Item>
    <Packages><Number_of_packages>25</Number_of_packages><Kind_of_packages_code>CT</Kind_of_packages_code></Packages>
    <Tarification><HScode><Commodity_code>84509000</Commodity_code><Precision_1>00</Precision_1></HScode></Tarification>
    <Goods_description><Description_of_goods>Parts</Description_of_goods><Commercial_Description/></Goods_description>
    <Valuation_item><Weight_itm><Gross_weight_itm>750</Gross_weight_itm><Net_weight_itm>700</Net_weight_itm></Weight_itm>
    </Valuation_item>
  </Item>
  <Container>
    <Item_Number>1</Item_Number><Container_identity>MSKU0383250</Container_identity><Container_type>45G1</Container_type>
    <Empty_full_indicator>1/1</Empty_full_indicator><Packages_number>120</Packages_number><Packages_weight>8400</Packages_weight>
  </Container>
  <Container>
    <Item_Number>2</Item_Number><Container_identity>MSKU0383250</Container_identity><Container_type>45G1</Container_type>
    <Empty_full_indicator>1/1</Empty_full_indicator><Packages_number>25</Packages_number><Packages_weight>750</Packages_weight>
  </Container>
</ASYCUDA>
"""

CUSCAR = """UNA:+.? '
UNB+UNOC:3+GREENLINE+PORTCUSTOMS+260318:0930+7781'
UNH+1+CUSCAR:D:95B:UN'
BGM+85+MAN204N+9'
DTM+137:20260318:102'
NAD+CA+GRNW:172:166'
TDT+20+204N+1++GRNW:172:166+++9V7781:103::GREENLINE HOPE'
LOC+11+GHTEM:139:6'
EQD+CN+CSQU3054383+22G1:102:5++3+5'
MEA+AAE+T+KGM:2230'
MEA+AAE+G+KGM:6400'
SEL+NW118204+SH'
SEL+K77+CA'
EQD+CN+TGHU4175529+22G1:102:5++3+5'
MEA+AAE+VGM+TNE:10.04'
EQD+CN+HLXU6203115+45G1:102:5++3+4'
EQD+CH+CHAS001'
CNI+1'
RFF+BM:GRNW26031177'
NAD+CZ+++NORDWALL TYRE:WORKS AB+HAMNGATAN 4'
NAD+CN++AMBER COAST MOTORS LTD:12 QUAY ROAD'
GID+1+1300:PCE'
FTX+AAA+++NEW PNEUMATIC TYRES FOR:PASSENGER CARS, DOUBLE ?+ SINGLE'
MEA+AAE+G+KGM:13010.5'
MEA+AAE+AAW+MTQ:58'
SGP+CSQU3054383+640'
SGP+TGHU4175529+660'
PCI+28+NORDWALL:1-1300'
CST+1+IM4:101+40111000:122'
CNI+2+GRNW26031180'
NAD+CZ+LINDK::87'
GID+1+30:CT'
FTX+AAA+++KITCHEN CUPBOARDS, WOOD'
MEA+WT+G+KGM:1200'
SGP+TGHU4175529'
PCI+28+N/M'
CNI+3+GRNW26031199'
GID+1+1:UN'
FTX+AAA+++EMPTY CONTAINER'
SGP+HLXU6203115+1'
UNT+39+1'
UNZ+1+7781'
"""

VERMAS = """UNB+UNOA:2+NORDWALL+GRNW+260301:2039+55'
UNH+1+VERMAS:D:16A:UN:SMDG10'
BGM+749+VGM0301+9'
DTM+137:202603012039:203'
NAD+TB'
EQD+CN+CSQU3054383:6346:5+22G1:6346:5+++5'
RFF+BN:4001234567'
RFF+SI:77'
SEL+NW118204+SH'
MEA+AAE+VGM+KGM:8630'
DTM+WAT:202603011610:203'
DOC+SM1:VGM:306'
NAD+SPC+++NORDWALL TYRE WORKS AB'
CTA+RP+:A. LIND'
EQD+CN+TGHU4175529:6346:5'
MEA+AAE+VGM+KGM:10040'
UNT+16+1'
UNZ+1+55'
"""
