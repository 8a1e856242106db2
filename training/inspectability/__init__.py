"""What the shipped pipeline finds of cubes put into scans: measured, fitted and proven."""
