"""Content codings of bodies whose beginning is sent often and whose end is new each time.

The beginning is compressed once. The end, which is short, follows in the same stream as it is, in
an uncompressed block, so that each response costs hardly more than its end.
"""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import brotli
import zstandard

from erikti.endpoint.http.fast_path.bounded import Bounded

MIB = 2**20
GZIP = 16  # added to the bits of the window: a gzip stream
LEVEL = 4  # as the middleware compresses
GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
ZSTD_HEAD = b"\x28\xb5\x2f\xfd\x80"  # the size of the content follows in four bytes
BROTLI_END = b"\x03"
LONGEST_END = 2**16 - 1


@dataclass(frozen=True, slots=True)
class Beginning:
    """The compressed beginning of bodies: its length and checksum before compression."""

    data: bytes
    length: int
    checksum: int

    def with_end(self, coding: bytes, end: bytes) -> bytes:
        """Return a whole compressed body; the end has at most 65,535 bytes."""
        return ENDS[coding](self, end)


class Compression:
    """Compresses bodies, and keeps the beginnings of the last ones in at most ``most`` bytes with
    the bodies."""

    def __init__(self, most: int = 32 * MIB) -> None:
        self._begun: Bounded[tuple[bytes, bytes], Beginning] = Bounded(most)
        zstd = zstandard.ZstdCompressor(level=LEVEL)  # making one takes three times its use
        self._compress: Mapping[bytes, Callable[[bytes], bytes]] = {
            b"br": lambda body: brotli.compress(body, quality=LEVEL),
            b"gzip": lambda body: zlib.compress(body, LEVEL, zlib.MAX_WBITS | GZIP),
            b"zstd": zstd.compress,
        }

    def __len__(self) -> int:
        """Return the number of beginnings."""
        return len(self._begun)

    def whole(self, coding: bytes, body: bytes) -> bytes:
        """Return a body that is sent once."""
        return self._compress[coding](body)

    def begun(self, coding: bytes, body: bytes, end: bytes) -> bytes:
        """Return a body that is sent often, with an end in the place of its last byte."""
        begun = self._begun.get((coding, body))
        if begun is None:
            begun = beginning(coding, body[:-1])
            self._begun.put((coding, body), begun, len(body) + len(begun.data))
        return begun.with_end(coding, end)


def beginning(coding: bytes, body: bytes) -> Beginning:
    """Compress the beginning of bodies in a coding of ``BEGINNINGS``."""
    return Beginning(BEGINNINGS[coding](body), len(body), zlib.crc32(body))


def _gzip(body: bytes) -> bytes:
    made = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return GZIP_HEAD + made.compress(body) + made.flush(zlib.Z_FULL_FLUSH)


def _gzip_end(begun: Beginning, end: bytes) -> bytes:
    """RFC 1951, 3.2.4: a stored block, the last one; RFC 1952: checksum and length."""
    size = len(end)
    block = b"\x01" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + end
    checksum = zlib.crc32(end, begun.checksum)
    total = (begun.length + size) & 0xFFFFFFFF
    return begun.data + block + checksum.to_bytes(4, "little") + total.to_bytes(4, "little")


def _zstd(body: bytes) -> bytes:
    parameters = zstandard.ZstdCompressionParameters.from_level(
        LEVEL, source_size=len(body) + LONGEST_END, write_content_size=False
    )
    made = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    data = made.compress(body) + made.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    # The size of the content, which some decoders need, is not known yet: only the window is.
    assert data[4] == 0, "a frame header with a window and nothing else"
    return data[5:]


def _zstd_end(begun: Beginning, end: bytes) -> bytes:
    """RFC 8878, 3.1.1: the frame header, and a raw block, the last one."""
    total = (begun.length + len(end)).to_bytes(4, "little")
    window, blocks = begun.data[:1], begun.data[1:]
    return ZSTD_HEAD + window + total + blocks + (len(end) << 3 | 1).to_bytes(3, "little") + end


def _brotli(body: bytes) -> bytes:
    made = brotli.Compressor(quality=LEVEL)
    return bytes(made.process(body) + made.flush())


def _brotli_end(begun: Beginning, end: bytes) -> bytes:
    """RFC 7932, 9.2: an uncompressed meta-block, and an empty one, the last."""
    head = (len(end) - 1) << 3 | 1 << 19
    return begun.data + head.to_bytes(3, "little") + end + BROTLI_END


BEGINNINGS: Mapping[bytes, Callable[[bytes], bytes]] = {
    b"br": _brotli,
    b"gzip": _gzip,
    b"zstd": _zstd,
}
ENDS: Mapping[bytes, Callable[[Beginning, bytes], bytes]] = {
    b"br": _brotli_end,
    b"gzip": _gzip_end,
    b"zstd": _zstd_end,
}
