"""The promised numbers of tests/random.rs and tests/dropout.rs, from the definitions alone.

Run: python3 random.py
"""

GOLDEN = 0x9E3779B97F4A7C15
LIMIT = 1 << 64


def mix(z):
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % LIMIT
    z = (z ^ z >> 27) * 0x94D049BB133111EB % LIMIT
    return z ^ z >> 31


def bits(key, index):
    return mix((key + (index + 1) * GOLDEN) % LIMIT)


def key(parts):
    result = mix(len(parts))
    for part in parts:
        result = mix((result + mix((part + GOLDEN) % LIMIT)) % LIMIT)
    return result


def text(string):
    data = string.encode()
    words = [int.from_bytes(data[i : i + 8], "little") for i in range(0, len(data), 8)]
    return key(words + [len(data)])


def mask(rate, stream, length):
    draws = [bits(stream, i // 2) >> 32 * (i % 2) & 0xFFFFFFFF for i in range(length)]
    return "".join("." if draw < round(rate * 2**32) else "#" for draw in draws)


if __name__ == "__main__":
    for parts in [], [42], [42, 7, 1]:
        print(f"key({parts}) = {key(parts):#018x}")
    for string in "", "0.dropout":
        print(f'text("{string}") = {text(string):#018x}')
    print("mask(0.2, key([42, 7]), 64) =", mask(0.2, key([42, 7]), 64))
