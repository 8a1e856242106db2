"""What a scan's own file would hold of a projection: grey curve, steps and range, detector rows, JPEG; and what can be seen in it."""

import numpy as np

from scantally.datasets.simulator.visibility import Values
from scantally.datasets.tip_character import ScanCharacter
from scantally.datasets.tip_jpeg import BLOCK, recompressed
from scantally.detector.types import BoolArray, FloatArray


def as_file(before: FloatArray, noisy: FloatArray, through: FloatArray, character: ScanCharacter) -> FloatArray:
    """The new window as the scan's own file would hold it: its grey curve, steps and range; untouched where nothing stands."""
    grey = character.curve.grey(noisy)
    if character.step > 0.0:
        grey = np.rint(grey / np.float32(character.step)) * np.float32(character.step)
    grey = np.clip(grey, character.black, character.white)
    untouched = (through > 1.0 - 1e-4) | (before <= character.black) | (np.abs(grey - before) < 0.25 * character.step)
    return np.asarray(np.where(untouched, before, grey), np.float32)


def through_file(
    scan: FloatArray, whole: FloatArray, out: FloatArray, window: tuple[slice, slice], character: ScanCharacter
) -> FloatArray:
    """The projection with the detector's weak and stuck rows, and with the JPEG of the scan's own file."""
    lines, table, step = character.lines, character.quantisation_88, np.float32(character.step)
    if lines is not None:
        out = lines.restored(scan, whole, out, character.step)
    if table is None or step <= 0.0:
        return out
    blocks = tuple(slice(s.start // BLOCK * BLOCK, -(-s.stop // BLOCK) * BLOCK) for s in window)
    part, before = out[blocks], scan[blocks]
    changed = part != before
    grey = recompressed(np.rint(part / step), changed, table) * step
    kept = before >= character.white - 0.5 * character.step  # what the reader cut at the open beam is not known
    if lines is not None:
        kept |= lines.stuck(scan.shape)[blocks]
    new = np.clip(grey, character.black, character.white)
    kept |= np.abs(new - before) < 0.25 * character.step
    out[blocks] = np.where(_blocks_of(changed) & ~kept, new, before)
    return out


def _blocks_of(changed: BoolArray) -> BoolArray:
    """All pixels of the JPEG blocks that hold a changed one."""
    h, w = changed.shape
    padded = np.pad(changed, ((0, -h % BLOCK), (0, -w % BLOCK)))
    some = padded.reshape(padded.shape[0] // BLOCK, BLOCK, -1, BLOCK).any(axis=(1, 3))
    return np.asarray(some.repeat(BLOCK, axis=0).repeat(BLOCK, axis=1)[:h, :w], np.bool_)


def values_of_file(character: ScanCharacter) -> Values:
    """What the scan's file can hold; black is no less than one grey step, as the simulator's judge has it."""
    curve = character.curve
    ends = np.array([max(character.black, character.step, 1e-6), max(character.white, 1e-6)], np.float32)
    black, white = (float(v) for v in curve.signal(ends[None, :])[0])
    return Values(black=black, white=max(white, black), step=character.step, gamma=curve.gamma, gain=curve.gain)


def blind_pixels(scan: FloatArray, window: tuple[slice, slice], character: ScanCharacter) -> BoolArray:
    """Pixels that show no object: clipped before it came (what is white behind two walls is a stuck detector), dead or weak."""
    part = scan[window]
    blind = part <= character.black + 0.5 * character.step
    if character.step > 0.0:
        blind |= part >= character.white - 0.5 * character.step
    return np.asarray(blind if character.lines is None else blind | ~character.lines.followed()[window], np.bool_)
