"""Formulas, against Python's own reading of them and complex-step derivatives, ball by ball."""

import ast
import cmath
import math
import operator
import re
import tracemalloc
import weakref
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from game.scene.terrain import build_terrain
from game.simulation import World
from game.simulation.swarm import Swarm
from game.simulation.sweep import Status
from landscapes import InputError
from landscapes.expression import Formula, compile_formula, find_parameters, make_landscape
from landscapes.expression.functions import FUNCTIONS
from landscapes.landscape import Array, Domain, Holed, Landscape, check

STEP = 1e-30
AT = np.array([[0.3712, 1.4148, -0.8257, 0.0913, -1.7319], [0.5683, -0.2947, 0.7561, -1.3139, -0.6421]])


def compute_gradient(formula: Formula, at: Array) -> Array:
    """With work rows full of NaN: whoever reads before writing is found out."""
    out = np.full_like(at, np.nan)
    formula.gradient(at, out, np.full((formula.scratch, *at.shape), np.nan, at.dtype))
    return out


def complain(text: str, names: Mapping[str, float]) -> str:
    """What is wrong with a formula; empty if nothing is."""
    try:
        compile_formula(text, names)
    except InputError as error:
        return str(error)
    return ""


# The reference: Python's parser, and complex numbers whose imaginary part carries the derivative.


def on_right(z: complex) -> complex:
    """What has a value for positive numbers only."""
    if not z.real > 0:
        raise ValueError
    return z


def power(a: complex, b: complex) -> complex:
    if b.imag == 0 and b.real.is_integer():
        return a ** int(b.real) if abs(b.real) < 100 else (1 / 0)
    return cmath.exp(b * cmath.log(on_right(a)))


def mirror(f: Callable[[complex], complex]) -> Callable[[complex], complex]:
    """An odd function from its right half."""
    return lambda z: f(z) if z.real >= 0 else -f(-z)


def within(limit: float, f: Callable[[complex], complex]) -> Callable[[complex], complex]:
    def limited(z: complex) -> complex:
        if not abs(z.real) < limit:
            raise ValueError
        return f(z)

    return limited


REFERENCE: Mapping[str, Callable[..., complex]] = {
    "sin": cmath.sin,
    "cos": cmath.cos,
    "tan": cmath.tan,
    "asin": within(1, cmath.asin),
    "acos": within(1, cmath.acos),
    "atan": cmath.atan,
    # A zero has no sign in a formula.
    "atan2": lambda a, b: complex(
        math.atan2(a.real + 0.0, b.real + 0.0),
        (b.real * a.imag - a.real * b.imag) / (a.real**2 + b.real**2),
    ),
    "sinh": cmath.sinh,
    "cosh": cmath.cosh,
    "tanh": cmath.tanh,
    "exp": cmath.exp,
    "log": lambda a: cmath.log(on_right(a)),
    "ln": lambda a: cmath.log(on_right(a)),
    "log2": lambda a: cmath.log(on_right(a)) / math.log(2),
    "log10": lambda a: cmath.log10(on_right(a)),
    "sqrt": lambda a: cmath.sqrt(on_right(a)),
    "cbrt": mirror(lambda a: on_right(a) ** (1 / 3)),
    "abs": lambda a: a if a.real >= 0 else -a,
    "sign": lambda a: complex(np.sign(a.real)),
    "floor": lambda a: complex(math.floor(a.real)),
    "ceil": lambda a: complex(math.ceil(a.real)),
    "min": lambda *of: min(of, key=lambda z: z.real),
    "max": lambda *of: max(of, key=lambda z: z.real),
    "hypot": lambda a, b: cmath.sqrt(on_right(a * a + b * b)),
    "pow": power,
    "mod": lambda a, b: a - b * math.floor(a.real / b.real),
    "sigmoid": lambda a: 1 / (1 + cmath.exp(-a)),
    "relu": lambda a: a if a.real > 0 else 0j,
    "softplus": lambda a: cmath.log(1 + cmath.exp(a)),
    "gauss": lambda a: cmath.exp(-a * a),
    "step": lambda a: complex(a.real >= 0),
}
BINARY: Mapping[type, Callable[[complex, complex], complex]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: power,
}


class Reference:
    """Evaluates a formula as Python parses it, and keeps the largest number and slope on the way."""

    def __init__(self, text: str, names: Mapping[str, float]) -> None:
        self.tree = ast.parse(text.replace("^", "**"), mode="eval").body
        self.names = {"pi": math.pi, "e": math.e, "tau": math.tau, **names}
        self.largest = 0.0

    def __call__(self, x: complex, y: complex) -> complex:
        return self.walk(self.tree, {**self.names, "x": x, "y": y})

    def walk(self, tree: ast.expr, names: Mapping[str, complex]) -> complex:
        result: complex
        match tree:
            case ast.Constant(value=value):
                result = complex(float(value))  # type: ignore[arg-type]
            case ast.Name(id=name):
                result = complex(names[name])
            case ast.UnaryOp(op=op, operand=operand):
                inside = self.walk(operand, names)
                result = -inside if isinstance(op, ast.USub) else inside
            case ast.BinOp(left=left, op=op, right=right):
                result = BINARY[type(op)](self.walk(left, names), self.walk(right, names))
            case ast.Call(func=ast.Name(id=name), args=args):
                result = complex(REFERENCE[name](*(self.walk(argument, names) for argument in args)))
            case _:
                raise AssertionError(ast.dump(tree))
        self.largest = max(self.largest, abs(result.real), abs(result.imag) / STEP)
        return result


def compare(text: str, at: npt.NDArray[np.float64] = AT, names: Mapping[str, float] | None = None) -> int:
    """Hold value and gradient against the reference; returns at how many points it has any."""
    names = names or {}
    formula = compile_formula(text, names)
    values, gradients = formula.value(at), compute_gradient(formula, at)
    compared = 0
    for (x, y), value, gradient in zip(at.T.tolist(), values, gradients.T, strict=True):
        reference = Reference(text, names)
        try:
            by_x, by_y = reference(complex(x, STEP), y), reference(x, complex(y, STEP))
        except (ValueError, ArithmeticError):
            continue
        if not reference.largest < 1e5:
            continue
        tolerance = 1e-10 * (1 + reference.largest)
        assert abs(value - by_x.real) < tolerance, (text, x, y)
        assert abs(gradient[0] - by_x.imag / STEP) < tolerance, (text, x, y)
        assert abs(gradient[1] - by_y.imag / STEP) < tolerance, (text, x, y)
        compared += 1
    return compared


# Every function, and random formulas.


def test_the_reference_knows_every_function() -> None:
    assert list(REFERENCE) == list(FUNCTIONS)


@pytest.mark.parametrize("name", REFERENCE)
def test_function(name: str) -> None:
    first, second = "0.45*x+0.2*y", "x*y-0.8*x"
    one = FUNCTIONS[name].fewest == 1
    for arguments in (
        ([first], [f"({first})*x"]) if one else ([first, second], ["2.5", second], [second, "1.75"])
    ):
        called = f"{name}({', '.join(arguments)})"
        assert compare(called) >= 2
        assert compare(f"y*{called}+x") >= 2


numbers = st.sampled_from(["0", "1", "2", "3", "0.5", "1.5", ".25", "2.", "1e-1", "7", "pi", "e", "tau", "a"])
atoms = st.one_of(st.sampled_from(["x", "y"]), numbers)
ROUGH = ("sign", "floor", "ceil", "step", "mod")
"""Jumps where rounding can fall on the other side; ``test_function`` has them."""


def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    one = st.sampled_from([name for name in FUNCTIONS if FUNCTIONS[name].most == 1 and name not in ROUGH])
    two = st.sampled_from([name for name in FUNCTIONS if FUNCTIONS[name].most > 1 and name not in ROUGH])
    return st.one_of(
        st.builds("({})".format, inner),
        # Without brackets: it is precedence that says what belongs to what.
        st.builds("{}{}{}".format, inner, st.sampled_from(["+", "-", "*", "/", " - ", "* "]), inner),
        st.builds(
            "{}{}{}".format, inner, st.sampled_from(["**", "^"]), st.sampled_from(["2", "3", "-1", ".5", "x"])
        ),
        st.builds("{}{}".format, st.sampled_from(["-", "+", "- -"]), inner),
        st.builds("{}({})".format, one, inner),
        st.builds("{}({}, {})".format, two, inner, inner),
    )


formulas = st.recursive(atoms, grow, max_leaves=12)


@settings(max_examples=1000, deadline=None)
@given(formulas)
def test_random_formula(text: str) -> None:
    complaint = complain(text, {"a": 1.25})
    # Numbers alone may make no number; nothing else is wrong with these.
    assert not complaint or "no finite real number" in complaint
    assume(not complaint and compare(text, names={"a": 1.25}))


@settings(max_examples=300, deadline=None)
@given(formulas)
def test_random_formula_keeps_balls_apart(text: str) -> None:
    """NaN stays where it is, float32 stays float32, the last bit does not depend on the neighbours."""
    assume(not complain(text, {"a": 1.25}))
    formula = compile_formula(text, {"a": 1.25})
    for dtype in (np.float32, np.float64):
        at: Array = AT.astype(dtype)
        value, gradient = formula.value(at), compute_gradient(formula, at)
        assert value.dtype == gradient.dtype == dtype
        at[:, 2] = np.nan
        parked_value, parked = formula.value(at), compute_gradient(formula, at)
        assert np.isnan(parked[:, 2]).all()
        assert np.isnan(parked_value[2])
        others = [0, 1, 3, 4]
        np.testing.assert_array_equal(parked[:, others], gradient[:, others])
        np.testing.assert_array_equal(parked_value[others], value[others])


@pytest.mark.parametrize(
    "text",
    [
        "-(x - y)",
        "x - (y - x*y)",
        "-(-x) + -(3*y)",
        "2*x + 3*x - y - y",
        "(2*x)*(3*y)*(-x)",
        "x*(-1) + (-y)*(-x)",
        "x/(-y)",
        "(-x)/(-y) - x*y/(-x)",
        "min(sin(x*y), x*x*y)",
        "max(y, sin(x*y))",
        "(4*x)/y + x/(4*y) + x/3 + x/8 + 3/x",
        "x*(1/y) + (1/y)*x",
        "x*x*y*x + y*y**3*x**2*y",
        "(x**2)**3 + (x**2)**-1 + (x**3)**(1/3)",
        "(x**2)**0.5 + (y**4)**0.25",
        "x**64 + y**65 + x**-7 + 1.1**y + y**7.5",
        "0*x + 1*y + x + 0 + x**1 + x**0 + x - 0",
        "min(x, y)*max(x*y, sin(x)) + min(sin(x), cos(y))",
        "x + 1 + (x - 1) + (-2 + y)",
        "exp(-(x*x + y*y)/2)*sin(x**2 + y**2)/(x*y)",
    ],
)
def test_what_is_made_simpler_stays_the_same(text: str) -> None:
    assert compare(text) >= 1


# Precedence, by hand.


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 + 3 * 4", 14),
        ("2 - 3 - 4", -5),
        ("24 / 4 / 2", 3),
        ("24 / 4 * 2", 12),
        ("2 ** 3 ** 2", 512),
        ("2 ^ 3 ^ 2", 512),
        ("-2 ** 2", -4),
        ("(-2) ** 2", 4),
        ("2 ** -1", 0.5),
        ("2 ** -2 ** 2", 0.0625),
        ("2 * -3", -6),
        ("-2 * -3", 6),
        ("--2", 2),
        ("2 - -2", 4),
        ("6 / 2 * (1 + 2)", 9),
        ("-3 ** 2 * 2 + 1", -17),
        ("pow(2, 3) + min(5, 4, 3) - max(1, 2)", 9),
        ("\t1e3 +\n.5", 1000.5),
        ("gauss(0) + step(0) + step(-1) + relu(-2)", 2),
    ],
)
def test_precedence(text: str, value: float) -> None:
    assert compile_formula(text).value(np.zeros((2, 1)))[0] == value


# Kinks and tips.


@pytest.mark.parametrize(
    ("text", "at", "slope"),
    [
        ("abs(x)", (0, 0), (0, 0)),
        ("relu(x)", (0, 0), (0, 0)),
        ("max(x, -x)", (0, 0), (1, 0)),
        ("min(x, 2*y, 3*y)", (0, 0), (1, 0)),
        ("min(2*y, x)", (0, 0), (0, 2)),
        ("sign(x) + floor(y) + ceil(x) + step(y)", (0, 0), (0, 0)),
        ("sqrt(x**2 + y**2)", (0, 0), (0, 0)),
        ("hypot(x, y)", (0, 0), (0, 0)),
        ("sqrt(x) + cbrt(y)", (0, 0), (0, 0)),
        ("sqrt(abs(x))", (0, 0), (0, 0)),
        ("x**0.3 + x**1.7 + x**2.5", (0, 0), (0, 0)),
        ("atan2(y, x)", (0, 0), (0, 0)),
        ("asin(x) + acos(y)", (1, -1), (0, 0)),
        ("x**y", (0, 2), (0, 0)),
        ("x**0 + y**1", (0, 0), (0, 1)),
        ("x**2", (0, 0), (0, 0)),
        ("x**3 + y**-2", (0, 1), (0, -2)),
        # The argument that does not count may overflow.
        ("min(1, exp(1000*x) + exp(1000*y))", (2, 2), (0, 0)),
        ("max(y, log(x))", (0, 2), (0, 1)),
        # Far out, where 1 - tanh(x)**2 would be nothing but rounding.
        ("exp(60) * tanh(x)", (30, 0), (4.0, 0)),
    ],
)
def test_kink(text: str, at: tuple[float, float], slope: tuple[float, float]) -> None:
    place = np.array(at, np.float64).reshape(2, 1)
    for dtype in (np.float32, np.float64):
        found = compute_gradient(compile_formula(text), place.astype(dtype))[:, 0]
        np.testing.assert_allclose(found, slope, rtol=1e-5)


def test_no_real_value_is_nan_and_no_warning() -> None:
    landscape = make_landscape("log(x) + sqrt(y) + 1/(x - 1) + x**0.5", (-2, 2, -2, 2))
    at = np.array([[-1.0, 1.0, 1.5, 0.0], [1.0, 1.0, -1.0, 1.0]])
    assert np.isnan(landscape.value(at)[[0, 2]]).all()
    assert np.isinf(landscape.value(at)[[1, 3]]).all()
    assert np.isnan(landscape.gradient(at)[0, 0])
    assert landscape.value(at.astype(np.float32)).dtype == np.float32


# The contract, and the inner loop.


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "3",
        "y - y + 2",
        "x*y",
        "(x + y)**2",
        "max(x, 0.1*y) + relu(y)",
        "step(x)*0 + step(y)",
        "sin(x)*y**2 + 0.1*hypot(x, y)",
        "20 - 20*exp(-0.2*sqrt((x**2 + y**2)/2)) - exp((cos(2*pi*x) + cos(2*pi*y))/2) + e",
        "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2",
        "log(1 + 100*(y - x^2)^2 + (1 - x)^2)",
    ],
)
def test_contract(text: str) -> None:
    # Smooth at all points that the contract looks at.
    field = compile_formula(text)
    check(Landscape("formula", "", "", "", (-2.03, 1.97, -1.96, 2.11), field))


def test_gradient_allocates_nothing() -> None:
    formula = compile_formula("max(x*y, sin(x)) + exp(-x**2 - y**2)*cos(x*y) + min(x, y)**3 + x**y")
    at = np.random.default_rng(0).uniform(0.1, 2, (2, 100_000))
    out, scratch = np.empty_like(at), np.empty((formula.scratch, *at.shape))
    formula.gradient(at, out, scratch)
    tracemalloc.start()
    formula.gradient(at, out, scratch)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000


def test_value_needs_little_beside_the_result() -> None:
    formula = compile_formula("+".join(f"sin({k}*x)*(cos({k}*y) + 1)" for k in range(20)))
    at = np.random.default_rng(0).uniform(-2, 2, (2, 400_000))
    tracemalloc.start()
    value = formula.value(at)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * value.nbytes
    np.testing.assert_array_equal(value[-3:], formula.value(np.ascontiguousarray(at[:, -3:])))


def test_a_sum_of_many_terms_needs_few_rows() -> None:
    """Terms are worked out one after the other, value and slope together."""
    terms = [f"exp(-((x - {k})**2 + (y + {k})**2)/{k + 1})*cos(pi*(x - {k}))" for k in range(30)]
    assert compile_formula("-(" + " + ".join(terms) + ")").scratch <= 6


def test_derivatives_share_what_they_have_in_common() -> None:
    calls = [call.kernel for call in compile_formula("exp(-(x*x + y*y)/2)*sin(x**2 + y**2)").slope.calls]
    assert calls.count(np.exp) == calls.count(np.sin) == calls.count(np.cos) == 1
    assert len(calls) <= 13


def test_polynomials_take_no_power() -> None:
    calls = [call.kernel for call in compile_formula("x**4 - 16*x**2 + y**-3 + (x*y)**2.5").slope.calls]
    assert np.power not in calls


# Faults.


@pytest.mark.parametrize(
    ("text", "character", "what"),
    [
        ("2x", 2, "write 2*x"),
        ("x y", 3, "write x*y"),
        ("(x)(y)", 4, "write (...)*(...)"),
        ("x(2)", 2, "write x*(...)"),
        ("2 sin(x)", 3, "write 2*sin"),
        ("x + sni(y)", 5, "did you mean sin"),
        ("x + foo", 5, "write foo=2"),
        ("X", 1, "Did you mean x?"),
        ("sin", 1, "write sin(...)"),
        ("sin x", 1, "write sin(...)"),
        ("hypot(x)", 1, "write hypot(..., ...)"),
        ("sin(x, y)", 6, "unexpected ','"),
        ("max()", 5, "expected"),
        ("x +", 4, "ends too early"),
        ("", 1, "ends too early"),
        ("   ", 4, "ends too early"),
        ("(x", 1, "not closed"),
        ("x)", 2, "unexpected ')'"),
        ("x, y", 2, "unexpected ','"),
        ("x ** * y", 6, "unexpected '*'"),
        ("x²", 2, "write **2"),
        ("x + $", 5, "unexpected '$'"),
        ("x = 3", 3, "unexpected '='"),
        ("1e999*x", 1, "no finite"),
        ("x + 1/0", 6, "no finite"),
        ("x + 0/0", 6, "no finite"),
        ("log(-1)", 1, "no finite"),
        ("(-8)**0.5", 5, "no finite"),
        ("9**9**9**9", 5, "no finite"),
        ("x + __import__('os').system('true')", 16, 'unexpected "\'"'),
        ("x.real", 2, "unexpected '.'"),
        ("lambda: x", 7, "unexpected ':'"),
        ("1_000*x", 2, "write 1*_000"),
        ("(" * 5000 + "x" + ")" * 4999, 66, "nested"),
        ("x" + "**x" * 3000, 196, "nested"),
        ("-" * 10000, 66, "nested"),
        ("sin(" * 2000, 261, "nested"),
        ("x" * 10001, 10001, "are the most"),
        ("x+" * 6000, 10001, "are the most"),
        ("9" * 10000, 1, "no finite"),
    ],
)
def test_fault(text: str, character: int, what: str) -> None:
    with pytest.raises(InputError) as caught:
        compile_formula(text)
    message = str(caught.value)
    assert f"character {character}:" in message
    assert what in message
    assert "\n" not in message
    assert len(message) < 400


def test_as_deep_as_allowed() -> None:
    assert compile_formula("1+2*3**sin(" * 31 + "x" + ")" * 31).value(AT).shape == (5,)
    assert compile_formula("(" * 64 + "x" + ")" * 64).value(AT)[0] == AT[0, 0]


def test_a_formula_that_takes_too_long_is_refused() -> None:
    longest = "+".join(f"sin({k}*x*y)" for k in range(600))
    with pytest.raises(InputError, match="steps"):
        compile_formula(longest)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=30), st.text("xy0129.e+-*/^(), sincomaxlg", max_size=40)))
def test_any_text_is_a_formula_or_one_line(text: str) -> None:
    complaint = complain(text, {})
    assert len(complaint.splitlines()) <= 1
    if not complaint:
        formula = compile_formula(text)
        assert formula.value(AT).shape == (5,)
        assert compute_gradient(formula, AT).shape == (2, 5)


# Parameters and landscapes.


def test_parameters() -> None:
    assert find_parameters("b*sin(a*x) + a*y + pi + e*max(c, 2)") == ("b", "a", "c")
    assert find_parameters("x + y") == ()
    assert compile_formula("a*x + b", {"a": 2, "b": 3, "unused": 1}).value(np.array([[1.0], [0.0]]))[0] == 5


@pytest.mark.parametrize(
    ("name", "number"), [("x", 1.0), ("pi", 3.0), ("sin", 1.0), ("a", math.inf), ("a", math.nan)]
)
def test_bad_parameter(name: str, number: float) -> None:
    with pytest.raises(InputError, match=name):
        compile_formula("x", {name: number})


def test_landscape() -> None:
    landscape = make_landscape("a*x**2 + y**2", (-1, 2, -3, 4), {"a": 3.0})
    check(landscape)
    assert landscape.domain == (-1, 2, -3, 4)
    assert landscape.relief == "auto"
    assert "a = 3" in landscape.about
    assert make_landscape("x \n" + " + y" * 500).name.endswith("...")
    assert "\n" not in make_landscape("x \n + y").name


def test_holes_are_said() -> None:
    assert "49% of the domain" in make_landscape("1/step(x)", (-1, 1, -1, 1)).about
    with pytest.raises(InputError, match="nowhere"):
        make_landscape("log(-1 - x**2)")
    with pytest.raises(InputError, match="nowhere"):
        make_landscape("exp(1000 + x**2)")


@pytest.mark.parametrize(
    "domain", [(1, 1, 0, 1), (2, 1, 0, 1), (0, 1, 0, math.inf), (math.nan, 1, 0, 1), (-1e308, 1e308, 0, 1)]
)
def test_bad_domain(domain: tuple[float, float, float, float]) -> None:
    with pytest.raises(InputError, match="domain"):
        make_landscape("x", domain)


# What x and y share.


@settings(max_examples=300, deadline=None)
@given(
    formulas,
    st.sampled_from(["({})+({})", "({})*({})", "sin(x*y)*({})-({})", "({})/(1+({})**2)", "max({},{})"]),
)
def test_formula_that_treats_x_and_y_alike(text: str, joint: str) -> None:
    mirrored = re.sub(r"\b[xy]\b", lambda found: "yx"["xy".index(found[0])], text)
    whole = joint.format(text, mirrored)
    assume(not complain(whole, {"a": 1.25}) and compare(whole, names={"a": 1.25}))


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("x**2 + y**2", 1),
        ("20 + x**2 + y**2 - 10*(cos(2*pi*x) + cos(2*pi*y))", 5),
        ("(y**4 - 16*y**2 + 5*y + x**4 - 16*x**2 + 5*x)/2", 6),
        ("(1 - x)**2 + 100*(y - x**2)**2", 7),
        ("(x**2 + y - 11)**2 + (x + y**2 - 7)**2", 10),
        ("-(sin(x*y) + 3*x*x*y)", 11),
        ("20 - 20*exp(-0.2*sqrt((x**2 + y**2)/2)) + e - exp((cos(2*pi*x) + cos(2*pi*y))/2)", 22),
    ],
)
def test_one_call_does_both_axes(text: str, calls: int) -> None:
    assert len(compile_formula(text).slope.calls) <= calls
    assert compare(text) == 5


def test_numbers_are_drawn_together() -> None:
    formula = compile_formula("0.5*(4*x**3 - 6*y + 3) + 5*sin(x) + 5*cos(y)")
    assert sorted(abs(leaf.number) for leaf in formula.loss.leaves) == [1.5, 3, 5]


# The arrays of the last call.


def test_other_arrays_and_other_positions() -> None:
    formula = compile_formula("x**3*y + sin(x*y)")
    work = np.empty((formula.scratch, *AT.shape))
    one, other = AT.copy(), AT[::-1].copy()
    first, second, third = (np.empty_like(AT) for _ in range(3))
    for _ in range(3):
        formula.gradient(one, first, work)
        formula.gradient(other, second, work)
        third.fill(np.nan)
        formula.gradient(other, third, work)
        np.testing.assert_array_equal(third, second)
        # Work rows of a call before may belong to somebody else by now.
        work.fill(7.0)
        formula.gradient(other, third, np.empty_like(work))
        assert (work == 7).all()
        np.testing.assert_array_equal(third, second)
        np.testing.assert_array_equal(second, compute_gradient(formula, other))
        np.testing.assert_array_equal(first, compute_gradient(formula, one))
        formula.gradient(one, first, work)
        one *= 1.5
        formula.gradient(one, first, work)
        np.testing.assert_array_equal(first, compute_gradient(formula, one))
    small = one.astype(np.float32)
    np.testing.assert_allclose(compute_gradient(formula, small), compute_gradient(formula, one), rtol=1e-4)


def test_threads_share_a_formula() -> None:
    formula = compile_formula("x**3*y + sin(x*y) + exp(-x*x - y*y)")

    def roll(k: int) -> Array:
        at = AT + 0.01 * k
        out, work = np.empty_like(at), np.empty((formula.scratch, *at.shape))
        for _ in range(2000):
            formula.gradient(at, out, work)
            at -= 0.001 * out
        return at

    alone = [roll(k) for k in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(roll, range(4)))
    np.testing.assert_array_equal(together, alone)


def test_no_large_array_is_kept() -> None:
    formula = compile_formula("x**3*y")
    at = np.zeros((2, 100_000))
    kept = weakref.ref(at)
    formula.value(at)
    compute_gradient(formula, at)
    del at
    assert kept() is None


# Where there is no value.


def test_a_formula_with_a_value_everywhere_has_no_holes() -> None:
    assert not isinstance(make_landscape("x**2 + sqrt(x**2 + y**2)").field, Holed)
    # The border of the map is the edge of the ground: a ball that rolls out there must be seen.
    assert isinstance(make_landscape("sqrt(x)", (0, 4, -1, 1)).field, Holed)


def test_holes_are_cells_with_a_corner_that_has_no_value() -> None:
    field = make_landscape("sqrt(x)", (-1, 1, -1, 1)).field
    assert isinstance(field, Holed)
    assert field.holes is not None
    assert field.holes.shape == (66, 66)
    assert field.holes[:, :33].all()
    assert not field.holes[:, 33:].any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_where_a_way_meets_a_hole(dtype: type[np.floating]) -> None:
    field = make_landscape("sqrt(x) + log(abs(abs(y) - 2) - 1) + 0*y", (-4, 4, -4, 4)).field
    assert isinstance(field, Holed)
    nan, inf = np.nan, np.inf
    ways = [
        # x from, y from, x to, y to, share
        (0.75, 0.5, -0.25, 0.5, 0.75),
        (0.0, 0.5, -1.0, 0.5, 0.0),
        (1.0, 0.5, 3.0, 0.5, inf),
        (-1.0, 0.5, -1.0, 0.5, 0.0),
        (-1.0, 0.5, 1.0, 0.5, 0.0),
        (0.5, 0.0, 0.5, 4.0, 0.25),  # over a hole and beyond
        (0.01, 0.5, -0.03, 0.5, 0.25),
        (nan, nan, nan, nan, inf),
        (1.0, 0.5, nan, 0.5, inf),
        (1.0, 0.5, inf, 0.5, inf),
        (nan, 0.5, -1.0, 0.5, inf),
    ]
    table = np.array(ways).T
    before, after = (
        np.ascontiguousarray(table[:2]).astype(dtype),
        np.ascontiguousarray(table[2:4]).astype(dtype),
    )
    share = field.meets(before, after)
    np.testing.assert_allclose(share, table[4], rtol=0, atol=1e-6)
    np.testing.assert_array_equal(field.crosses(before, after), np.isfinite(table[4]))
    # No ball's way depends on the others'.
    for k in range(len(ways)):
        alone = field.meets(before[:, k : k + 1].copy(), after[:, k : k + 1].copy())
        np.testing.assert_array_equal(alone, share[k : k + 1])


def test_the_ground_ends_before_the_hole() -> None:
    landscape = make_landscape("sqrt(1 - x**2 - y**2)", (-2, 2, -2, 2))
    assert isinstance(landscape.field, Holed)
    before = np.random.default_rng(0).uniform(-0.7, 0.7, (2, 200))
    after = 2.5 * before / np.hypot(*before)
    seen = before + landscape.field.meets(before, after) * (after - before)
    np.testing.assert_allclose(np.hypot(*seen), 1, atol=1e-8)


def measure_x(x: Array, _: Array) -> Array:
    return x


def measure_to_rim(x: Array, y: Array) -> Array:
    return np.asarray(2 - np.hypot(x, y))


@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
@pytest.mark.parametrize(
    ("text", "domain", "measure"),
    [
        ("sqrt(x) + 0.1*y**2", (-1.0, 3.0, -2.0, 2.0), measure_x),
        ("sqrt(x) + 0.1*y**2", (0.0, 3.0, -2.0, 2.0), measure_x),
        ("log(x) + 0.1*y**2", (-1.0, 3.0, -2.0, 2.0), measure_x),
        ("sqrt(4 - x**2 - y**2)", (-3.0, 3.0, -3.0, 3.0), measure_to_rim),
    ],
)
def test_balls_are_last_seen_at_the_edge(
    text: str, domain: Domain, measure: Callable[[Array, Array], Array], optimizer: str
) -> None:
    world = World(make_landscape(text, domain), optimizer, lr=0.02, balls=300, seed=1)
    start = world.positions
    world.step(640)
    assert (world.status == Status.ESCAPED).all()
    seen = world.swarms[0].shown()[0]
    on_ground = measure(*start) > 0
    np.testing.assert_allclose(measure(*seen[:, on_ground]), 0, atol=1e-5)
    # Who was released in the hole never moved.
    np.testing.assert_array_equal(seen[:, ~on_ground], start[:, ~on_ground])


def test_a_hole_is_met_alike_in_all_blocks() -> None:
    landscape = make_landscape("sqrt(x) + sin(3*y)", (-1, 3, -2, 2))
    start = np.random.default_rng(0).uniform(-0.2, 1.5, (2, 500))
    whole, cut = (Swarm(landscape, "momentum", start, lr=0.02, block=block) for block in (500, 37))
    for swarm in (whole, cut):
        swarm.step(20)
    assert 100 < np.count_nonzero(whole.status == Status.ESCAPED) < 500
    np.testing.assert_array_equal(whole.status, cut.status)
    np.testing.assert_array_equal(whole.shown()[0], cut.shown()[0])


def test_the_picture_shows_the_holes() -> None:
    terrain = build_terrain(make_landscape("sqrt(x)", (-1, 1, -1, 1)))
    assert terrain.holes[:, :256].all()
    assert not terrain.holes[:, 256:].any()


@pytest.mark.parametrize("text", ["atan2(-0, x)", "atan2(0*x, x)", "atan2(-(x-x), x)", "atan2(0, x)"])
def test_on_its_jump_an_angle_is_that_of_a_zero_without_a_sign(text: str) -> None:
    value = compile_formula(text).value(np.array([[-1.0, 2.0], [0.0, 0.0]]))
    assert value.tolist() == [math.pi, 0.0]
