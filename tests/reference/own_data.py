"""Writes tests/reference/own_data/: small data sets as NumPy and Pillow save them, and what they read from them.

Run with NumPy 2.4.6 and Pillow 13.0.0: python tests/reference/own_data.py
"""

import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

FOLDER = Path(__file__).parent / "own_data"
CLASSES = ["circle", "square"]


def pattern(count, *shape, step):
    """Bytes that differ from pixel to pixel and from image to image: uint8 [count, *shape]."""
    size = count * int(np.prod(shape))
    return (np.arange(size) * step % 251).astype("uint8").reshape(count, *shape)


def digest(images, labels):
    """SHA-256 of images in rows, then labels, a byte each."""
    return hashlib.sha256(images.tobytes(order="C") + labels.astype("uint8").tobytes()).hexdigest()


def write_npy(name, array, version=None):
    with open(FOLDER / name, "wb") as file:
        np.lib.format.write_array(file, array, version=version, allow_pickle=True)


def write_arrays(expected):
    grey, colour = pattern(12, 4, 5, step=7), pattern(6, 4, 5, 3, step=11)
    labels = (np.arange(12) % 3).astype("uint8")
    write_npy("grey.npy", grey)
    write_npy("grey-fortran.npy", np.asfortranarray(grey))
    write_npy("grey-version-2.npy", grey, (2, 0))
    write_npy("grey-version-3.npy", grey, (3, 0))
    write_npy("colour.npy", colour)
    write_npy("colour-fortran.npy", np.asfortranarray(colour))
    for kind in ["u1", "i1", "<i2", ">i4", "<i8", ">u8"]:
        write_npy(f"labels-{kind.strip('<>')}.npy", labels.astype(kind))
    write_npy("labels-column.npy", labels.astype("i8").reshape(12, 1))
    write_npy("labels-6.npy", labels[:6])
    write_npy("labels-negative.npy", labels.astype("i8") - 1)
    write_npy("float.npy", grey / np.float32(255))
    write_npy("channels-first.npy", np.moveaxis(pattern(6, 8, 9, 3, step=11), -1, 1))
    write_npy("objects.npy", np.array([{"a": 1}, [2]], dtype=object))
    write_npy("records.npy", np.zeros(3, dtype=[("image", "u1"), ("label", "u1")]))
    expected["grey"] = digest(grey, labels)
    expected["colour"] = digest(colour, labels[:6])

    np.savez(FOLDER / "packed.npz", images=grey, labels=labels)
    np.savez_compressed(FOLDER / "both.npz", x_train=grey, y_train=labels, x_test=grey[:4], y_test=labels[:4])
    with zipfile.ZipFile(FOLDER / "no-arrays.npz", "w") as archive:
        archive.writestr("readme.txt", "nothing")
    expected["grey test"] = digest(grey[:4], labels[:4])


def shapes(count, *shape, step):
    return [Image.fromarray(image) for image in pattern(count, *shape, step=step)]


def save(image, path, **options):
    (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
    image.save(FOLDER / path, **options)


def write_grey_folder(expected):
    for split, count, step in [("train", 4, 7), ("test", 2, 11)]:
        for label, name in enumerate(CLASSES):
            for i, image in enumerate(shapes(count, 4, 5, step=step + label)):
                save(image, f"grey/{split}/{name}/{i}.png")
        expected[f"grey {split} folder"] = read_folder(f"grey/{split}", "L")
    bits = Image.fromarray(pattern(1, 4, 5, step=77)[0]).convert("1")
    save(bits, "few-bits/circle/1-bit.png")
    for depth in (2, 4):
        levels = pattern(1, 4, 5, step=3)[0] % 2**depth
        save(grey_of_bits(levels, depth), f"few-bits/circle/{depth}-bits.png")
    expected["few bits"] = hashlib.sha256(
        b"".join(
            [
                np.asarray(bits.convert("L")).tobytes(),
                *[(pattern(1, 4, 5, step=3)[0] % 2**d * (255 // (2**d - 1))).tobytes() for d in (2, 4)],
            ]
        )
    ).hexdigest()


class grey_of_bits:
    """Pillow writes grey of 1 or 8 bits: this writes that of 2 and 4 from the same parts, as the PNG standard has them."""

    def __init__(self, levels, depth):
        self.levels, self.depth = levels, depth

    def save(self, path):
        import struct
        import zlib

        def chunk(kind, data):
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

        height, width = self.levels.shape
        rows = b""
        for row in self.levels:
            bits = "".join(format(value, f"0{self.depth}b") for value in row)
            bits += "0" * (-len(bits) % 8)
            rows += b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")
        header = struct.pack(">IIBBBBB", width, height, self.depth, 0, 0, 0, 0)
        data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
        Path(path).write_bytes(b"\x89PNG\r\n\x1a\n" + data)


def write_mixed_folder(expected):
    """Grey, RGB, a palette of 256 and of 4 colours, and opaque alpha: all are read as RGB."""
    colour, other = shapes(2, 4, 5, 3, step=13)
    grey = shapes(1, 4, 5, step=7)[0]
    save(colour, "mixed/circle/a-rgb.png")
    save(other.quantize(256), "mixed/circle/b-palette.png")
    save(other.quantize(4), "mixed/circle/c-palette-of-4.png", bits=2)
    save(grey, "mixed/square/a-grey.png")
    save(colour.convert("RGBA"), "mixed/square/b-opaque.png")
    save(grey.convert("LA"), "mixed/square/c-opaque-grey.png")
    expected["mixed folder"] = read_folder("mixed", "RGB")


def read_folder(folder, mode):
    """What Pillow reads, in the order of the names."""
    images, labels = [], []
    for label, name in enumerate(CLASSES):
        for path in sorted((FOLDER / folder / name).iterdir()):
            images.append(np.asarray(Image.open(path).convert(mode)))
            labels.append(label)
    return digest(np.stack(images), np.array(labels))


def write_refused():
    grey, colour = shapes(1, 4, 5, step=7)[0], shapes(1, 4, 5, 3, step=13)[0]
    transparent = colour.convert("RGBA")
    transparent.putpixel((2, 1), (1, 2, 3, 128))
    save(transparent, "refused/transparent.png")
    save(grey, "refused/transparent-level.png", transparency=0)
    palette = colour.quantize(16)
    save(palette, "refused/transparent-colour.png", transparency=palette.getpixel((0, 0)))
    save(Image.fromarray((pattern(1, 4, 5, step=7)[0].astype("uint16") * 257)), "refused/16-bits.png")
    save(shapes(1, 3, 5, step=7)[0], "refused/other-size.png")


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    expected = {}
    write_arrays(expected)
    write_grey_folder(expected)
    write_mixed_folder(expected)
    write_refused()
    (FOLDER / "expected.json").write_text(json.dumps(expected, indent=2) + "\n")


main()
