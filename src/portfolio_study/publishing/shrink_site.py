"""Make the rendered site light and independent of a network, of fonts and of scripts that it does not use."""

import re
import shutil
from pathlib import Path

MB = 1_000_000
LARGEST = 40 * MB
#: MathJax that draws formulas as SVG: browsers refuse to load fonts from disk for another file's page.
MATHJAX = "tex-svg.js"
#: What it loads from its own folder when a formula asks for it (its ``autoload``); the other components weigh 20 MB,
#: and the common extensions are in the file itself.
ASKED_FOR = (
    "action", "amscd", "bbox", "boldsymbol", "braket", "cancel", "color", "enclose", "extpfeil", "html", "unicode", "verb",
)  # fmt: skip
MATHJAX_KEPT = {MATHJAX, *(f"input/tex/extensions/{name}.js" for name in ASKED_FOR)}
NOT_LOADED = (
    "*.map",
    "_static/sphinx-thebe.*",
    "_static/vendor/fontawesome/webfonts/*.ttf",  # every browser takes the .woff2 beside it
    "_static/vendor/fontawesome/webfonts/fa-brands-*",  # signs of companies
    "_static/locales/*/LC_MESSAGES/*",
    ".buildinfo",
    "objects.inv",
)
#: Jupyter Book adds live code (thebe) even when it is switched off, twice on the search page.
THEBE = re.compile(
    r"""\s*<script[^>]*>[^<]*THEBE_JS_URL[^<]*</script>"""
    r"""|\s*<(?:script|link)[^>]*sphinx-thebe[^>]*>(?:</script>)?"""
    r"""|\s*<script type="text/x-thebe-config">.*?</script>"""
    r"""|\s*<script>kernelName = [^<]*</script>""",
    re.DOTALL,
)


#: The theme's script of icons: of 2,000 the pages show some twenty.
ICONS = "_static/scripts/fontawesome.js"
ICON = re.compile(
    r"""(?P<name>"[^"]+"|[\w$]+):\[\d+,\d+,\[(?P<aliases>[^\]]*)\],"[0-9a-f]+",(?:"[^"]*"|\[[^\]]*\])\],?"""
)
ICON_NAME = re.compile(r"\bfa-([a-z0-9-]+)")
#: The theme's script asks every code block and output for its size when the page is loaded and after each change
#: of it, and so lays out all that is folded or far away; ``study.js`` does this when a part has been laid out.
THEME = "_static/scripts/pydata-sphinx-theme.js"
MEASURES_ALL = re.compile(
    r'document\.querySelectorAll\(\["pre",[^\]]*\]\.join\(", "\)\)(?=\.forEach\(\w+=>\{\w+\.tabIndex=)'
)
#: Parts of highlighted code that have the colour of the code around them.
PLAIN = re.compile(r'<span class="(?:n|nn|nx|p|w)">([^<]*)</span>')


def shrink_site(site: Path) -> None:
    """Remove what no page loads, and marks in code that nobody sees.

    Parameters
    ----------
    site : pathlib.Path
        Folder of the rendered site.
    """
    for pattern in NOT_LOADED:
        for path in sorted(site.rglob(pattern) if "/" not in pattern else site.glob(pattern)):
            path.unlink()
    mathjax = site / "_static" / "mathjax"
    for path in [p for p in mathjax.rglob("*") if p.is_file()]:
        if path.relative_to(mathjax).as_posix() not in MATHJAX_KEPT:
            path.unlink()
    for path in site.rglob("*.html"):
        html = PLAIN.sub(r"\1", THEBE.sub("", path.read_text(encoding="utf-8")))
        path.write_text(html.replace("mathjax/tex-chtml.js", f"mathjax/{MATHJAX}"), encoding="utf-8")
    _keep_used_icons(site)
    theme = site / THEME
    if theme.is_file():
        theme.write_text(MEASURES_ALL.sub("[]", theme.read_text(encoding="utf-8")), encoding="utf-8")
    shutil.rmtree(site / ".doctrees", ignore_errors=True)
    for folder in sorted((p for p in site.rglob("*") if p.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()


def _keep_used_icons(site: Path) -> None:
    """Drop icons that neither pages nor scripts name from the script that draws them."""
    script = site / ICONS
    if not script.is_file():
        return
    used: set[str] = set()
    for path in [*site.rglob("*.html"), *site.glob("_static/**/*.js")]:
        if path != script:
            used.update(ICON_NAME.findall(path.read_text(encoding="utf-8")))

    def kept(found: re.Match[str]) -> str:
        names = {found["name"].strip('"'), *re.findall(r'"([^"]+)"', found["aliases"])}
        return found[0] if names & used else ""

    script.write_text(ICON.sub(kept, script.read_text(encoding="utf-8")), encoding="utf-8")


def size_of(site: Path) -> int:
    """Bytes of all files of a site."""
    return sum(path.stat().st_size for path in site.rglob("*") if path.is_file())


def size_in_words(site: Path) -> str:
    """How large a site is; of one that is larger than `LARGEST`, what weighs most.

    A reader's own assets may make a larger one, so that a build says so and goes on.
    """
    whole = size_of(site)
    told = f"the site has {whole / MB:.1f} MB"
    if whole <= LARGEST:
        return told
    parts = {path.name: size_of(path) if path.is_dir() else path.stat().st_size for path in site.iterdir()}
    heaviest = sorted(parts, key=lambda name: -parts[name])[:3]
    shown = ", ".join(f"{name} {parts[name] / MB:.1f}" for name in heaviest)
    return f"{told}, more than the {LARGEST / MB:.0f} that it should have at most; heaviest: {shown}"
