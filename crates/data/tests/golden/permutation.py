"""Prints the permutations that src/permutation.rs promises, from the definition alone (no library).

python3 permutation.py
"""
import struct

MASK = 0xFFFFFFFF


def rotate(x, n):
    return ((x << n) | (x >> (32 - n))) & MASK


def quarter(s, a, b, c, d):
    s[a] = (s[a] + s[b]) & MASK
    s[d] = rotate(s[d] ^ s[a], 16)
    s[c] = (s[c] + s[d]) & MASK
    s[b] = rotate(s[b] ^ s[c], 12)
    s[a] = (s[a] + s[b]) & MASK
    s[d] = rotate(s[d] ^ s[a], 8)
    s[c] = (s[c] + s[d]) & MASK
    s[b] = rotate(s[b] ^ s[c], 7)


def words(key):
    """The ChaCha8 key stream: 64-bit block counter from 0, nonce 0."""
    counter = 0
    while True:
        start = [0x61707865, 0x3320646E, 0x79622D32, 0x6B206574, *struct.unpack("<8I", key)]
        start += [counter & MASK, counter >> 32, 0, 0]
        s = list(start)
        for _ in range(4):
            for column in range(4):
                quarter(s, column, 4 + column, 8 + column, 12 + column)
            for i in range(4):
                quarter(s, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
        yield from ((x + y) & MASK for x, y in zip(s, start))
        counter += 1


def below(n, stream):
    while True:
        product = next(stream) * n
        if product % 2**32 >= 2**32 % n:
            return product >> 32


def permutation(n, tag, seed, epoch):
    stream = words(struct.pack("<QQ16s", seed, epoch, tag))
    rows = list(range(n))
    for last in range(n - 1, 0, -1):
        chosen = below(last + 1, stream)
        rows[last], rows[chosen] = rows[chosen], rows[last]
    return rows


if __name__ == "__main__":
    print("shuffle, seed 42, epoch 0, 12 rows:", permutation(12, b"neuropil shuffle", 42, 0))
    print("shuffle, seed 2^40 + 1, epoch 3, 12 rows:", permutation(12, b"neuropil shuffle", 2**40 + 1, 3))
    print("split, seed 42, 12 rows:", permutation(12, b"neuropil split", 42, 0))
    print("shuffle, seed 42, epoch 0, 60,000 rows, last 6:", permutation(60000, b"neuropil shuffle", 42, 0)[-6:])
    print("... first 6:", permutation(60000, b"neuropil shuffle", 42, 0)[:6])
