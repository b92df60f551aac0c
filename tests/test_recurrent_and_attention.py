"""Attention and recurrent nets: worked examples, gradients by differences, learning, what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

import tinygrad_optim as torch
from tinygrad_optim import nn
from tinygrad_optim.nn import functional as F


def drawn(*shape, seed=0):
    return torch.tensor(np.random.default_rng(seed).uniform(-1, 1, shape), requires_grad=True)


def net(kind, *sizes, **options):
    torch.manual_seed(0)
    return getattr(nn, kind)(*sizes, **options).double()


# ---- attention by hand ---------------------------------------------------------------------------------------------


def test_attention_is_a_mean_of_values_weighted_by_the_answers_of_their_keys():
    q, k = torch.tensor([[math.log(3.0)]]), torch.tensor([[1.0], [0.0]])
    v = torch.tensor([[8.0, 0.0], [0.0, 4.0]])
    np.testing.assert_allclose(F.scaled_dot_product_attention(q, k, v).numpy(), [[6.0, 1.0]], rtol=1e-6)


def test_scores_are_divided_by_the_root_of_the_size_unless_a_scale_is_given():
    q, k, v = drawn(2, 4), drawn(3, 4, seed=1), drawn(3, 2, seed=2)
    expected = (q @ k.transpose(0, 1) / 2).softmax(-1) @ v
    np.testing.assert_allclose(F.scaled_dot_product_attention(q, k, v).tolist(), expected.tolist(), rtol=1e-12)
    np.testing.assert_allclose(
        F.scaled_dot_product_attention(q, k, v, scale=0.5).tolist(), expected.tolist(), rtol=1e-12
    )


def test_a_causal_query_does_not_see_what_comes_after_it():
    q, k, v = drawn(4, 3), drawn(4, 3, seed=1), drawn(4, 2, seed=2)
    whole = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    for n in range(1, 5):
        part = F.scaled_dot_product_attention(q[:n], k[:n], v[:n])
        np.testing.assert_allclose(whole[n - 1].tolist(), part[n - 1].tolist(), rtol=1e-12)


def test_a_query_that_may_look_nowhere_gets_zeros_and_gives_no_gradient():
    q, k, v = drawn(2, 3), drawn(2, 3, seed=1), drawn(2, 3, seed=2)
    out = F.scaled_dot_product_attention(q, k, v, torch.tensor([[False, False], [True, False]]))
    assert out[0].tolist() == [0.0, 0.0, 0.0]
    assert out[1].tolist() == v[0].tolist()
    out[0].sum().backward()
    assert not np.any([q.grad.tolist(), k.grad.tolist(), v.grad.tolist()])


def test_bools_and_numbers_mask_alike():
    q, k, v = drawn(2, 2, 3), drawn(2, 4, 3, seed=1), drawn(2, 4, 3, seed=2)
    mask = torch.tensor([[True, False, True, True], [True, True, False, False]])
    numbers = torch.tensor(np.where(mask.numpy(), 0.0, -np.inf))
    by_bools, by_numbers = (F.scaled_dot_product_attention(q, k, v, m).tolist() for m in (mask, numbers))
    assert by_bools == by_numbers


def test_one_head_whose_projections_hand_on_is_plain_attention():
    attention = net("MultiheadAttention", 3, 1, bias=False, batch_first=True)
    with torch.no_grad():
        nn.init.eye_(attention.out_proj.weight)
        attention.in_proj_weight.copy_(torch.tensor(np.concatenate([np.eye(3)] * 3)))
    x, y = drawn(2, 4, 3), drawn(2, 5, 3, seed=1)
    out, weights = attention(x, y, y)
    np.testing.assert_allclose(out.tolist(), F.scaled_dot_product_attention(x, y, y).tolist(), rtol=1e-12)
    np.testing.assert_allclose((weights @ y).tolist(), out.tolist(), rtol=1e-12)
    np.testing.assert_allclose(weights.sum(-1).tolist(), np.ones((2, 4)), rtol=1e-12)


def test_padding_is_as_if_it_were_not_there():
    attention = net("MultiheadAttention", 4, 2, batch_first=True)
    x = drawn(1, 5, 4)
    padded = attention(x[:, :3], x, x, key_padding_mask=torch.tensor([[False] * 3 + [True] * 2]))[0]
    np.testing.assert_allclose(padded.tolist(), attention(x[:, :3], x[:, :3], x[:, :3])[0].tolist(), rtol=1e-12)


def test_without_weights_the_result_is_the_same():
    attention, x = net("MultiheadAttention", 4, 2), drawn(3, 2, 4)
    out, none = attention(x, x, x, need_weights=False)
    assert none is None
    np.testing.assert_allclose(out.tolist(), attention(x, x, x)[0].tolist(), rtol=1e-12)


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("need_weights", [True, False])
def test_both_derivatives_of_self_attention_are_right(batch_first, need_weights):
    attention = net("MultiheadAttention", 4, 2, batch_first=batch_first)

    def function(x):
        out, weights = attention(x, x, x, need_weights=need_weights)
        return out if weights is None else (out, weights)

    assert torch.autograd.gradcheck(function, (drawn(2, 3, 4),))
    assert torch.autograd.gradgradcheck(function, (drawn(2, 3, 4),))


@pytest.mark.parametrize("batch_first", [True, False])
def test_where_heads_looked_does_not_depend_on_the_values_projection(batch_first):
    attention = net("MultiheadAttention", 4, 2, batch_first=batch_first)
    x = drawn(2, 3, 4)
    _, weights = attention(x, x, x)
    (weights * weights).sum().backward()
    queries, keys, values = np.split(attention.in_proj_weight.grad.numpy(), 3)
    assert np.any(queries)
    assert np.any(keys)
    assert not np.any(values)
    assert torch.autograd.gradgradcheck(lambda x: attention(x, x, x)[1], (drawn(2, 3, 4),))


@pytest.mark.parametrize("norm_first", [True, False])
def test_an_encoder_layer_whose_parts_add_nothing_hands_on_its_input_or_normalizes_it(norm_first):
    layer = net("TransformerEncoderLayer", 4, 2, 8, norm_first=norm_first)
    for last in (layer.self_attn.out_proj, layer.linear2):
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
    x = drawn(3, 2, 4)
    expected = x if norm_first else layer.norm2(layer.norm1(x))
    np.testing.assert_allclose(nn.TransformerEncoder(layer, 2)(x).tolist(), layer(expected).tolist(), rtol=1e-9)
    np.testing.assert_allclose(layer(x).tolist(), expected.tolist(), rtol=1e-9)


# ---- recurrent nets by hand ----------------------------------------------------------------------------------------


def test_an_lstm_step_by_hand():
    cell = net("LSTMCell", 1, 1)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.fill_(0.0)
        cell.bias_ih.copy_(torch.tensor([100.0, math.log(3.0), 100.0, 0.0], dtype=torch.float64))  # i, f, z, o
    h, c = cell(torch.zeros(1, 1).double(), (torch.zeros(1, 1).double(), torch.ones(1, 1).double() * 4))
    assert c.item() == pytest.approx(0.75 * 4 + 1.0)  # f * c + i * z
    assert h.item() == pytest.approx(0.5 * math.tanh(4.0))  # o * tanh(c')


def test_a_gru_that_does_not_update_keeps_its_state():
    cell = net("GRUCell", 2, 3)
    with torch.no_grad():
        cell.bias_ih[3:6] = 100.0
    h = drawn(4, 3, seed=1)
    np.testing.assert_allclose(cell(drawn(4, 2), h).tolist(), h.tolist(), rtol=1e-12)


def test_an_rnn_step_by_hand():
    cell = net("RNNCell", 2, 3)
    x, h = drawn(4, 2), drawn(4, 3, seed=1)
    inner = x @ cell.weight_ih.T + cell.bias_ih + h @ cell.weight_hh.T + cell.bias_hh
    np.testing.assert_allclose(cell(x, h).tolist(), inner.tanh().tolist(), rtol=1e-12)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_a_net_is_its_cell_taken_along_the_sequence(kind):
    model, cell, x = net(kind, 2, 3), net(kind + "Cell", 2, 3), drawn(5, 4, 2)
    cell.load_state_dict({name.removesuffix("_l0"): tensor for name, tensor in model.state_dict().items()})
    output, _ = model(x)
    state = None
    for t in range(5):
        state = cell(x[t], state)
        h = state[0] if kind == "LSTM" else state
        np.testing.assert_allclose(output[t].tolist(), h.tolist(), rtol=1e-12)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_a_sequence_may_be_read_in_two_parts(kind):
    model, x = net(kind, 2, 3, num_layers=2), drawn(6, 4, 2)
    whole, end = model(x)
    first, middle = model(x[:2])
    second, last = model(x[2:], middle)
    np.testing.assert_allclose(torch.cat([first, second]).tolist(), whole.tolist(), rtol=1e-12)
    for one, other in zip(end, last):
        np.testing.assert_allclose(one.tolist(), other.tolist(), rtol=1e-12)


def test_the_way_back_is_the_way_there_of_the_sequence_turned_round():
    model = net("GRU", 2, 3, bidirectional=True)
    model.load_state_dict({name: model.state_dict()[name.replace("_reverse", "")] for name in model.state_dict()})
    x = drawn(5, 1, 2)
    there = model(x)[0][..., :3]
    back = model(torch.tensor(x.detach().numpy()[::-1].copy()))[0][..., 3:]
    np.testing.assert_allclose(back.tolist()[::-1], there.tolist(), rtol=1e-12)


def test_batch_first_and_no_batch_only_turn_the_dimensions():
    torch.manual_seed(0)
    model, x = net("LSTM", 2, 3), drawn(5, 4, 2)
    out, (h, _) = model(x)
    first = net("LSTM", 2, 3, batch_first=True)
    turned, (h_first, _) = first(x.transpose(0, 1))
    np.testing.assert_allclose(turned.transpose(0, 1).tolist(), out.tolist(), rtol=1e-12)
    assert h_first.tolist() == h.tolist()
    alone, (h_alone, _) = model(x[:, 1])
    np.testing.assert_allclose(alone.tolist(), out[:, 1].tolist(), rtol=1e-12)
    assert h_alone.shape == (1, 3)


# ---- gradients by differences --------------------------------------------------------------------------------------


def attend(q, k, v, b):
    return F.scaled_dot_product_attention(q, k, v, b)


def test_gradients_of_attention_are_those_found_by_differences():
    given = [drawn(2, 3, 2), drawn(2, 4, 2, seed=1), drawn(2, 4, 3, seed=2), drawn(3, 4, seed=3)]
    assert torch.gradcheck(attend, given)
    assert torch.gradgradcheck(attend, given)


def test_gradients_of_attention_with_a_mask_are_those_found_by_differences():
    mask = torch.tensor([[True, False, True], [False, False, False]])
    given = [drawn(2, 2), drawn(3, 2, seed=1), drawn(3, 2, seed=2)]
    assert torch.gradcheck(lambda q, k, v: F.scaled_dot_product_attention(q, k, v, mask), given)
    assert torch.gradgradcheck(lambda q, k, v: F.scaled_dot_product_attention(q, k, v, mask), given)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_gradients_of_recurrent_nets_are_those_found_by_differences(kind):
    model, x = net(kind, 2, 2), drawn(3, 2, 2)
    assert torch.gradcheck(lambda x, *weights: model(x)[0], [x, *model.parameters()])


@pytest.mark.parametrize("kind", ["LSTMCell", "GRUCell", "RNNCell"])
def test_second_gradients_of_cells_are_those_found_by_differences(kind):
    cell, x, h, c = net(kind, 2, 2), drawn(2, 2), drawn(2, 2, seed=1), drawn(2, 2, seed=2)

    def step(x, h, c):
        new = cell(x, (h, c) if kind == "LSTMCell" else h)
        return new[0] + new[1] * 2 if kind == "LSTMCell" else new + c * 0

    assert torch.gradgradcheck(step, [x, h, c])


def test_an_lstm_learns_to_remember_its_first_input():
    torch.manual_seed(0)
    model, last = nn.LSTM(1, 8), nn.Linear(8, 1)
    optimizer = torch.optim.Adam([*model.parameters(), *last.parameters()], lr=0.05)
    x = torch.tensor(np.random.default_rng(0).uniform(-1, 1, (6, 32, 1)).astype("float32"))
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = F.mse_loss(last(model(x)[0][-1]), x[0])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 10


# ---- bad input -----------------------------------------------------------------------------------------------------

X, Q = torch.zeros(5, 2, 3), torch.zeros(2, 3, 4)
LONG = torch.zeros(3, 3).long()
REFUSED = {
    "features": (RuntimeError, lambda: nn.LSTM(4, 2)(X), ["Expected 4, got 3", "(5, 2, 3)"]),
    "dimensions": (ValueError, lambda: nn.LSTM(3, 2)(X[0, 0]), ["2D or 3D", "(3,)"]),
    "states": (RuntimeError, lambda: nn.LSTM(3, 4)(X, (X[:1], X[:1])), ["hidden[0]", "(1, 2, 4)", "[1, 2, 3]"]),
    "one state": (TypeError, lambda: nn.LSTM(3, 4)(X, X), ["(h_0, c_0)", "Tensor"]),
    "type": (ValueError, lambda: nn.GRU(3, 4)(X.double()), ["float64", "float32", "input.to"]),
    "no steps": (RuntimeError, lambda: nn.RNN(3, 4)(X[:0]), ["larger than 0", "(0, 2, 3)"]),
    "no tensor": (TypeError, lambda: nn.RNN(3, 4)([1.0]), ["Tensor", "list"]),
    "size": (ValueError, lambda: nn.GRU(3, 0), ["hidden_size", "0"]),
    "half": (TypeError, lambda: nn.GRU(3, 1.5), ["hidden_size", "float"]),
    "dropout": (ValueError, lambda: nn.GRU(3, 2, dropout=2), ["dropout", "2"]),
    "projection": (NotImplementedError, lambda: nn.LSTM(3, 4, proj_size=2), ["proj_size=2"]),
    "nonlinearity": (ValueError, lambda: nn.RNN(3, 4, nonlinearity="sigmoid"), ["'sigmoid'", "'tanh'"]),
    "cell's batch": (RuntimeError, lambda: nn.GRUCell(3, 4)(X[0], torch.zeros(3, 4)), ["2", "hidden0", "3"]),
    "heads": (AssertionError, lambda: nn.MultiheadAttention(5, 2), ["5", "2", "divisible"]),
    "bias_kv": (NotImplementedError, lambda: nn.MultiheadAttention(4, 2, add_bias_kv=True), ["add_bias_kv"]),
    "embedding": (AssertionError, lambda: nn.MultiheadAttention(6, 2)(Q, Q, Q), ["[6, 6, 6]", "[4, 4, 4]"]),
    "mask's type": (
        *(RuntimeError, lambda: nn.MultiheadAttention(4, 2)(Q, Q, Q, attn_mask=torch.zeros(2, 2).double())),
        ["bools or float32", "float64"],
    ),
    "keys": (RuntimeError, lambda: F.scaled_dot_product_attention(Q, Q[..., :3], Q), ["(2, 3, 4)", "(2, 3, 3)"]),
    "mask": (RuntimeError, lambda: F.scaled_dot_product_attention(Q, Q, Q, LONG), ["bools or float32", "int64"]),
    "mask's shape": (RuntimeError, lambda: F.scaled_dot_product_attention(Q, Q, Q, Q[0]), ["(3, 4)", "(..., 3, 3)"]),
    "two masks": (
        *(RuntimeError, lambda: F.scaled_dot_product_attention(Q, Q, Q, LONG.float(), is_causal=True)),
        ["is_causal"],
    ),
}


@pytest.mark.parametrize(("exception", "act", "fragments"), REFUSED.values(), ids=list(REFUSED))
def test_what_makes_no_sense_is_refused_with_what_was_found(exception, act, fragments):
    with pytest.raises(exception) as caught:
        act()
    for fragment in fragments:
        assert fragment in str(caught.value)


def test_dropout_in_a_single_layer_is_warned_of():
    with pytest.warns(UserWarning, match="num_layers=1") as caught:
        nn.LSTM(3, 4, dropout=0.5)
    assert caught[0].filename == __file__
