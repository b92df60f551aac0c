"""The floor: training steps in plain numpy, forward and backward by hand, with nothing around the arithmetic."""

from __future__ import annotations

import numpy as np

import tinygrad_optim as torch


def parameters(net):
    """Copies of a module's parameters, as arrays."""
    return [p.array.copy() for p in net.parameters()]


class Momentum:
    """SGD with momentum."""

    def __init__(self, params, lr, momentum):
        self.params, self.lr, self.momentum = params, lr, momentum
        self.velocities = [np.zeros_like(p) for p in params]

    def step(self, grads):
        for p, v, g in zip(self.params, self.velocities, grads):
            v *= self.momentum
            v += g
            p -= self.lr * v


class Adam:
    """Adam."""

    def __init__(self, params, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
        self.params, self.lr, self.beta1, self.beta2, self.eps, self.t = params, lr, beta1, beta2, eps, 0
        self.m = [np.zeros_like(p) for p in params]
        self.v = [np.zeros_like(p) for p in params]

    def step(self, grads):
        self.t += 1
        correction1, correction2 = 1 - self.beta1**self.t, (1 - self.beta2**self.t) ** 0.5
        for p, m, v, g in zip(self.params, self.m, self.v, grads):
            m *= self.beta1
            m += (1 - self.beta1) * g
            v *= self.beta2
            v += (1 - self.beta2) * (g * g)
            p -= (self.lr / correction1) * (m / (np.sqrt(v) / correction2 + self.eps))


def cross_entropy(logits, labels):
    """The mean loss and its gradient."""
    n = len(labels)
    shifted = logits - logits.max(1, keepdims=True)
    exps = np.exp(shifted)
    sums = exps.sum(1, keepdims=True)
    loss = float((np.log(sums[:, 0]) - shifted[np.arange(n), labels]).mean())
    g = exps / sums
    g[np.arange(n), labels] -= 1
    g *= 1 / n
    return loss, g


def mlp_step(params, x, labels, optimizer):
    """One step of an MLP with ReLUs: forward, backward, update."""
    inputs, h = [], x
    for place in range(0, len(params), 2):
        inputs.append(h)
        h = h @ params[place].T + params[place + 1]
        if place + 2 < len(params):
            np.maximum(h, 0, out=h)
    loss, g = cross_entropy(h, labels)
    grads = [None] * len(params)
    for place in range(len(params) - 2, -1, -2):
        grads[place], grads[place + 1] = g.T @ inputs[place // 2], g.sum(0)
        if place:
            g = g @ params[place]
            g *= inputs[place // 2] > 0
    optimizer.step(grads)
    return loss


# ---- convolution -----------------------------------------------------------------------------------------------


def columns(x, k):
    """(N, C, H, W) -> (N, C*k*k, P): every patch of k x k as a column, with a border of k // 2 zeros."""
    n, c, h, w = x.shape
    padded = np.zeros((n, c, h + k - 1, w + k - 1), x.dtype)
    padded[:, :, k // 2 : k // 2 + h, k // 2 : k // 2 + w] = x
    out = np.empty((n, c, k, k, h, w), x.dtype)
    for i in range(k):
        for j in range(k):
            out[:, :, i, j] = padded[:, :, i : i + h, j : j + w]
    return out.reshape(n, c * k * k, h * w)


def columns_back(g, shape, k):
    """The gradient of x from that of its columns."""
    n, c, h, w = shape
    g = g.reshape(n, c, k, k, h, w)
    padded = np.zeros((n, c, h + k - 1, w + k - 1), g.dtype)
    for i in range(k):
        for j in range(k):
            padded[:, :, i : i + h, j : j + w] += g[:, :, i, j]
    return padded[:, :, k // 2 : k // 2 + h, k // 2 : k // 2 + w]


def convolve(x, weight, bias):
    """A convolution that keeps the size; what its backward reads."""
    n, _, h, w = x.shape
    filters, k = len(weight), weight.shape[-1]
    cols = columns(x, k)
    out = (weight.reshape(filters, -1) @ cols).reshape(n, filters, h, w)
    out += bias[:, None, None]
    return out, cols


def convolve_back(g, x_shape, cols, weight, wanted):
    """The gradients of x (None unless wanted), weight and bias."""
    n, filters, h, w = g.shape
    flat = g.reshape(n, filters, h * w)
    dw = (flat @ cols.transpose(0, 2, 1)).sum(0).reshape(weight.shape)
    db = flat.sum((0, 2))
    if not wanted:
        return None, dw, db
    return columns_back(weight.reshape(filters, -1).T @ flat, x_shape, weight.shape[-1]), dw, db


def pool(x):
    """The largest of each 2 x 2; and, for the backward, which of the four it was (of equal ones, the first)."""
    corners = [x[:, :, i::2, j::2] for i in range(2) for j in range(2)]
    best = np.maximum(np.maximum(corners[0], corners[1]), np.maximum(corners[2], corners[3]))
    left = np.ones(best.shape, bool)
    masks = []
    for corner in corners:
        mask = (corner == best) & left
        left ^= mask
        masks.append(mask)
    return best, masks


def pool_back(g, masks):
    """The gradient goes to the largest."""
    n, c, h, w = g.shape
    found = np.empty((n, c, 2 * h, 2 * w), g.dtype)
    for place, mask in enumerate(masks):
        np.multiply(g, mask, out=found[:, :, place // 2 :: 2, place % 2 :: 2])
    return found


def cnn_step(params, x, labels, optimizer):
    """conv, relu, pool, conv, relu, pool, linear."""
    w1, b1, w2, b2, w3, b3 = params
    a1, cols1 = convolve(x, w1, b1)
    np.maximum(a1, 0, out=a1)
    p1, kept1 = pool(a1)
    a2, cols2 = convolve(p1, w2, b2)
    np.maximum(a2, 0, out=a2)
    p2, kept2 = pool(a2)
    flat = p2.reshape(len(x), -1)
    loss, g = cross_entropy(flat @ w3.T + b3, labels)
    dw3, db3 = g.T @ flat, g.sum(0)
    g = pool_back((g @ w3).reshape(p2.shape), kept2)
    g *= a2 > 0
    g, dw2, db2 = convolve_back(g, p1.shape, cols2, w2, True)
    g = pool_back(g, kept1)
    g *= a1 > 0
    _, dw1, db1 = convolve_back(g, x.shape, cols1, w1, False)
    optimizer.step([dw1, db1, dw2, db2, dw3, db3])
    return loss


# ---- a transformer block ---------------------------------------------------------------------------------------


def norm(x, weight, bias, eps=1e-5):
    """Layer norm over the last dimension; what its backward reads."""
    centred = x - x.mean(-1, keepdims=True)
    scale = 1 / np.sqrt((centred * centred).mean(-1, keepdims=True) + eps)
    normed = centred * scale
    return normed * weight + bias, normed, scale


def norm_back(g, normed, scale, weight):
    """The gradients of x, weight and bias."""
    axes = tuple(range(g.ndim - 1))
    dw, db = (g * normed).sum(axes), g.sum(axes)
    g = g * weight
    g = g - g.mean(-1, keepdims=True) - normed * (g * normed).mean(-1, keepdims=True)
    return g * scale, dw, db


def linear_back(g, x, weight):
    """The gradients of x, weight and bias of x @ weight.T + bias."""
    flat, given = g.reshape(-1, g.shape[-1]), x.reshape(-1, x.shape[-1])
    return g @ weight, flat.T @ given, flat.sum(0)


def block(params, x, heads):
    """x + attention(norm(x)), then + mlp(norm(.)): the mean of squares, and all gradients (x's last)."""
    n1w, n1b, wi, bi, wo, bo, n2w, n2b, w1, b1, w2, b2 = params
    b, t, d = x.shape
    h1, *kept1 = norm(x, n1w, n1b)
    qkv = (h1 @ wi.T + bi).reshape(b, t, 3, heads, d // heads).transpose(2, 0, 3, 1, 4)
    q, k, v = qkv
    scale = (d // heads) ** -0.5
    scores = (q * scale) @ k.transpose(0, 1, 3, 2)
    scores -= scores.max(-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(-1, keepdims=True)
    mixed = (scores @ v).transpose(0, 2, 1, 3).reshape(b, t, d)
    x1 = x + (mixed @ wo.T + bo)
    h2, *kept2 = norm(x1, n2w, n2b)
    a = h2 @ w1.T + b1
    r = np.maximum(a, 0)
    y = x1 + (r @ w2.T + b2)
    loss = float((y * y).mean())

    g = y * (2 / y.size)
    gr, dw2, db2 = linear_back(g, r, w2)
    gr *= a > 0
    gh, dw1, db1 = linear_back(gr, h2, w1)
    gx, dn2w, dn2b = norm_back(gh, *kept2, n2w)
    g = g + gx
    gm, dwo, dbo = linear_back(g, mixed, wo)
    gm = gm.reshape(b, t, heads, d // heads).transpose(0, 2, 1, 3)
    gs = gm @ v.transpose(0, 1, 3, 2)
    gs = scores * (gs - (gs * scores).sum(-1, keepdims=True))
    gqkv = np.empty_like(qkv)
    gqkv[0], gqkv[1], gqkv[2] = (
        gs @ k * scale,
        gs.transpose(0, 1, 3, 2) @ (q * scale),
        scores.transpose(0, 1, 3, 2) @ gm,
    )
    gh, dwi, dbi = linear_back(gqkv.transpose(1, 3, 0, 2, 4).reshape(b, t, 3 * d), h1, wi)
    gx, dn1w, dn1b = norm_back(gh, *kept1, n1w)
    return loss, [dn1w, dn1b, dwi, dbi, dwo, dbo, dn2w, dn2b, dw1, db1, dw2, db2, g + gx]


def batch(n, features, classes, seed=0):
    """Inputs and labels, the same for all."""
    torch.manual_seed(seed)
    return torch.rand(n, *features).array, torch.randint(0, classes, (n,)).array
