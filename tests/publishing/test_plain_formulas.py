"""Formulas within lines: which become MathML, and what of; all others stay MathJax's."""

import re

import pytest

from portfolio_study.publishing.plain_formulas import mathml, plain_formulas


def shown(tex):
    """What a reader sees of a formula: its signs without elements."""
    made = mathml(tex)
    return made and re.sub(r"<[^>]+>", "", made)


@pytest.mark.parametrize(
    ("tex", "signs"),
    [
        (r"\phi(\varepsilon)=\varepsilon^\lambda", "ϕ(ε)=ελ"),
        (r"\Xi^3=H^3=I", "Ξ3=H3=I"),
        (r"P\{q<\phi(\varepsilon)\}\le\varepsilon", "P{q&lt;ϕ(ε)}≤ε"),
        (r"\sum_iD_i=U", "∑iDi=U"),
        (r"|\theta| \le 1.96\, s_{tot}", "|θ|≤1.96stot"),
        (r"A_\text{net of costs}", "Anet of costs"),
        (r"\rho'=(5,2,3)", "ρ′=(5,2,3)"),
        (r"1 - .05/m", "1−.05/m"),
        (r"\left(a\right)\%", "(a)%"),
    ],
)
def test_letters_relations_brackets_and_indices_are_written(tex, signs):
    assert shown(tex) == signs


@pytest.mark.parametrize(
    "tex",
    [
        r"\frac12", r"\sqrt{x}", r"\hat\rho_k", r"\int f", r"x^12", r"x_a_b", "x^", "{x", "x}", "", r"\unknown", "a & b",
        r"\begin{cases}x\end{cases}", r"\text x", r"\text{\%}", "x_{" + "+".join("abcdefghijklmnopqrstuvwxyz") + "}",
    ],
)  # fmt: skip
def test_all_else_stays_mathjax(tex):
    assert mathml(tex) is None
    page = rf'<span class="math notranslate nohighlight">\({tex}\)</span>'
    assert plain_formulas(page) == page


def test_the_elements_say_what_stands_where():
    assert mathml("s_p^2").split(">", 1)[1] == "<msubsup><mi>s</mi><mi>p</mi><mn>2</mn></msubsup></math>"
    assert "<msup><mi>e</mi><mrow><mi>m</mi><mo" in mathml("e^{m + s^2/2}")
    assert '<mi class="upright">max</mi>' in mathml(r"\rho_{\max}")
    prime = '<mo form="postfix" lspace="0" rspace="0">′</mo>'
    assert f"<mrow><msub><mi>r</mi><mi>t</mi></msub>{prime}</mrow>" in mathml("r_t r_t'")
    assert '<mn>2</mn><mspace width="0.17em"/><mi class="upright">log</mi>' in mathml(r"2\log L")
    assert mathml("a<b").startswith('<math class="formula" alttext="a&lt;b">')


def test_a_sign_with_nothing_before_it_belongs_to_the_number():
    forms = re.compile(r'<mo form="(\w+)"[^>]*>−</mo>')
    assert forms.findall(mathml("(-1, -2)")) == ["prefix", "prefix"]
    assert forms.findall(mathml("a-b^{-1}")) == ["infix", "prefix"]
    assert forms.findall(mathml("|-x| - 1")) == ["prefix", "infix"]


def test_a_page_keeps_what_is_no_formula():
    page = (
        '<p>one <span class="math notranslate nohighlight">\n\\(R &gt; 0\\)</span> two</p>'
        '<div class="math notranslate nohighlight">\\[x\\]</div><code>\\(x\\)</code>'
    )
    done = plain_formulas(page)
    assert done.startswith('<p>one <math class="formula" alttext="R &gt; 0"><mrow><mi>R</mi>')
    assert done.endswith(
        ' two</p><div class="math notranslate nohighlight">\\[x\\]</div><code>\\(x\\)</code>'
    )
