#!/usr/bin/env python3
"""Writes src/SavedModel/OpDefs/opdefs.bin.br from TensorFlow's own list of op definitions.

Needs TensorFlow's C library and the program brotli (or node, whose zlib has it), and only when the table is renewed:

    eng/generate-opdefs.py FOLDER_WITH_LIBTENSORFLOW

The library's list is an OpList message. What a reader of graphs does not need (descriptions, limits, deprecations) is
left out; what remains is again an OpList, compressed with Brotli.
"""
import ctypes
import glob
import os
import subprocess
import sys

KEEP_OP = {1: None, 2: "arg", 3: "arg", 4: "attr", 17: None}
KEEP_ARG = {1, 3, 4, 5, 6, 16}
KEEP_ATTR = {1, 2, 3}


class Buffer(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("length", ctypes.c_size_t), ("deallocator", ctypes.c_void_p)]


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def fields(data):
    """Field number and the bytes of the whole field and of its payload."""
    at = 0
    while at < len(data):
        begin = at
        tag, at = varint(data, at)
        kind = tag & 7
        if kind == 0:
            payload = at
            _, at = varint(data, at)
        elif kind == 1:
            payload, at = at, at + 8
        elif kind == 2:
            length, payload = varint(data, at)
            at = payload + length
        elif kind == 5:
            payload, at = at, at + 4
        else:
            raise ValueError(f"wire type {kind}")
        yield tag >> 3, data[begin:at], data[payload:at]


def encode(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def message(field, payload):
    return encode(field << 3 | 2) + encode(len(payload)) + payload


def only(data, keep):
    return b"".join(whole for number, whole, _ in fields(data) if number in keep)


def slim(op):
    out = b""
    for number, whole, payload in fields(op):
        if number not in KEEP_OP:
            continue
        if KEEP_OP[number] == "arg":
            whole = message(number, only(payload, KEEP_ARG))
        elif KEEP_OP[number] == "attr":
            whole = message(number, only(payload, KEEP_ATTR))
        out += whole
    return out


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = sys.argv[1]
    for pattern in ("libtensorflow_framework.so*", "libtensorflow_cc.so*", "libtensorflow.so*"):
        for path in sorted(glob.glob(os.path.join(folder, pattern)))[:1]:
            library = ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL)
    library.TF_GetAllOpList.restype = ctypes.POINTER(Buffer)
    buffer = library.TF_GetAllOpList().contents
    data = ctypes.string_at(buffer.data, buffer.length)
    ops = sorted(slim(payload) for _, _, payload in fields(data))
    table = b"".join(message(1, op) for op in ops)
    target = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src", "SavedModel", "OpDefs", "opdefs.bin.br")
    script = "const z=require('zlib');process.stdout.write(z.brotliCompressSync(require('fs').readFileSync(0)," \
             "{params:{[z.constants.BROTLI_PARAM_LGWIN]:24}}))"
    packed = subprocess.run(["node", "-e", script], input=table, stdout=subprocess.PIPE, check=True).stdout
    with open(target, "wb") as file:
        file.write(packed)
    print(f"{len(ops)} ops, {len(table)} bytes, {len(packed)} compressed")


main()
