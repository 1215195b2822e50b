"""Compiled pseudo-random numbers of toys: counter-based, so that toy i never depends on toy j.

Philox4x32-10 is a bijection of a 128-bit counter under a 64-bit key.  The key comes from (seed,
point); the counter is (toy, draw, stream), and every number is drawn from its own counter.
Source: Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11 (2011).
Arrays have the toy as last index, along which the loops run.
"""

import math

import numba
import numpy as np

_jit = numba.njit(cache=True, error_model="numpy", no_cfunc_wrapper=True)


@_jit
def philox_round(c0, c1, c2, c3, k0, k1):
    """One round on four 32-bit words, all as uint64."""
    mask, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    even, odd = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
    return (odd >> shift) ^ c1 ^ k0, odd & mask, (even >> shift) ^ c3 ^ k1, even & mask


@_jit
def next_key(k0, k1):
    """Key of the next round."""
    mask = np.uint64(0xFFFFFFFF)
    return (k0 + np.uint64(0x9E3779B9)) & mask, (k1 + np.uint64(0xBB67AE85)) & mask


@_jit
def philox(c0, c1, c2, c3, k0, k1):
    """Four 32-bit words of a counter (c0, c1, c2, c3) and key (k0, k1), all as uint64."""
    for _ in range(10):
        c0, c1, c2, c3 = philox_round(
            np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3), np.uint64(k0), np.uint64(k1)
        )
        k0, k1 = next_key(np.uint64(k0), np.uint64(k1))
    return c0, c1, c2, c3


@_jit
def uniform(high, low):
    """A number in (0, 1), both ends excluded, of 52 bits of two 32-bit words."""
    drop = np.uint64(6)
    whole = ((high >> drop) << np.uint64(26)) | (low >> drop)
    return (np.float64(np.int64(whole)) + 0.5) * 2.0**-52


@_jit
def uniforms(key, first_toy, stream, out):
    """Numbers in (0, 1) of the toys first_toy, first_toy + 1, ...: (n draws, m toys), in place.

    The rounds of ``philox`` are made for all toys at once.
    """
    mask, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    n_draws, n_toys = out.shape
    words = np.empty((4, n_toys), dtype=np.uint64)
    a, b, c, d = words[0], words[1], words[2], words[3]
    first = np.uint64(first_toy)
    for block in range((n_draws + 1) // 2):
        k0, k1 = np.uint64(key[0]), np.uint64(key[1])
        for j in range(n_toys):
            toy = first + np.uint64(j)
            a[j], b[j], c[j], d[j] = toy & mask, toy >> shift, np.uint64(block), np.uint64(stream)
        for _ in range(10):
            for j in range(n_toys):
                a[j], b[j], c[j], d[j] = philox_round(
                    a[j], b[j], c[j], d[j], np.uint64(k0), np.uint64(k1)
                )
            k0, k1 = next_key(np.uint64(k0), np.uint64(k1))
        for j in range(n_toys):
            out[2 * block, j] = uniform(a[j], b[j])
        if 2 * block + 1 < n_draws:
            for j in range(n_toys):
                out[2 * block + 1, j] = uniform(c[j], d[j])


@_jit
def poisson_tables(means, largest, guide_size):
    """Tables of Poisson distributions, one for each mean up to largest.

    Returns start (n + 1,) and lowest (n,), int64; cumulative; guide (n, guide_size), uint16:
    cumulative[start[i] + k] is the probability of at most lowest[i] + k counts, of which all
    but 1e-19 is covered, and guide[i, g] is the first k whose cumulative exceeds g / guide_size.
    """
    n_means = means.shape[0]
    start, lowest = np.zeros(n_means + 1, dtype=np.int64), np.zeros(n_means, dtype=np.int64)
    for i in range(n_means):
        size = 0
        if 0.0 < means[i] <= largest:
            reach = 9.0 * math.sqrt(means[i])
            lowest[i] = max(0, int(means[i] - reach - 8.0))
            size = int(means[i] + reach + 30.0) - lowest[i] + 1
        start[i + 1] = start[i] + size
    cumulative = np.empty(start[n_means])
    guide = np.zeros((n_means, guide_size), dtype=np.uint16)
    for i in range(n_means):
        table = cumulative[start[i] : start[i + 1]]
        size = table.shape[0]
        if size == 0:
            continue
        mode = int(means[i]) - lowest[i]
        table[mode] = 1.0
        for k in range(mode, 0, -1):
            table[k - 1] = table[k] * (lowest[i] + k) / means[i]
        for k in range(mode + 1, size):
            table[k] = table[k - 1] * means[i] / (lowest[i] + k)
        for k in range(1, size):
            table[k] += table[k - 1]
        total = table[size - 1]
        for k in range(size):
            table[k] /= total
        k = 0
        for g in range(guide_size):
            while table[k] * guide_size <= g:
                k += 1
            guide[i, g] = k
    return start, lowest, cumulative, guide


@_jit
def log_poisson(k, mean):
    """ln of the Poisson probability of k counts, both large, by Stirling's series."""
    excess = (k - mean) / mean
    deviance = mean * ((1.0 + excess) * math.log1p(excess) - excess)
    return -deviance - 0.5 * math.log(2.0 * math.pi * k) - 1.0 / (12.0 * k)


@_jit
def large_poisson(mean, key, toy, draw, first_stream):
    """Poisson number of a large mean, by transformed rejection with squeeze.

    Algorithm PTRS of Hoermann, Insurance: Mathematics and Economics 12, 39 (1993), for means of
    at least 10; each attempt has a stream of its own.
    """
    mask, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    b = 0.931 + 2.53 * math.sqrt(mean)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    quick = 0.9277 - 3.6224 / (b - 2.0)
    index = np.uint64(toy)
    stream = np.uint64(first_stream)
    while True:
        w0, w1, w2, w3 = philox(
            index & mask,
            index >> shift,
            np.uint64(draw),
            stream,
            np.uint64(key[0]),
            np.uint64(key[1]),
        )
        stream = stream + np.uint64(1)
        u, v = uniform(w0, w1) - 0.5, uniform(w2, w3)
        edge = 0.5 - abs(u)
        k = math.floor((2.0 * a / edge + b) * u + mean + 0.43)
        if edge >= 0.07 and v <= quick:
            return k
        if k < 1.0 or (edge < 0.013 and v > edge):
            continue
        if math.log(v * inverse_alpha / (a / (edge * edge) + b)) <= log_poisson(k, mean):
            return k


@_jit
def poisson_counts(means, key, first_toy, start, lowest, cumulative, guide, out):
    """Poisson counts (n bins, m toys) in place of the uniform numbers in out, by inversion."""
    guide_size = guide.shape[1]
    for i in range(means.shape[0]):
        table = cumulative[start[i] : start[i + 1]]
        row = out[i]
        if means[i] == 0.0:
            row[:] = 0.0
        elif table.shape[0] == 0:
            for j in range(row.shape[0]):
                row[j] = large_poisson(means[i], key, first_toy + j, i, 2)
        else:
            first = guide[i]
            for j in range(row.shape[0]):
                u = row[j]
                k = np.int64(first[int(u * guide_size)])
                while table[k] <= u:
                    k += 1
                row[j] = lowest[i] + k
