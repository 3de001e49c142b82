"""Make the rendered site light and independent of a network, of fonts and of scripts that it does not use."""

import json
import re
import shutil
from pathlib import Path

#: MathJax that draws formulas as SVG: browsers refuse to load fonts from disk for another file's page.
MATHJAX = "tex-svg.js"
#: What it loads from its own folder; the other components weigh 20 MB.
MATHJAX_KEPT = (MATHJAX, "input/tex/extensions/", "ui/lazy.js")
NOT_LOADED = (
    "*.map",
    "_static/sphinx-thebe.*",
    "_static/mathjax/input/tex/extensions/all-packages.js",
    "_static/vendor/fontawesome/webfonts/*.ttf",  # every browser takes the .woff2 beside it
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


def shrink_site(site: Path) -> None:
    """Remove what no page loads, and results from the notebooks that can be downloaded.

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
        if not path.relative_to(mathjax).as_posix().startswith(MATHJAX_KEPT):
            path.unlink()
    for path in site.rglob("*.html"):
        html = THEBE.sub("", path.read_text(encoding="utf-8"))
        path.write_text(html.replace("mathjax/tex-chtml.js", f"mathjax/{MATHJAX}"), encoding="utf-8")
    for path in (site / "_sources").rglob("*.ipynb"):
        _without_results(path)
    shutil.rmtree(site / ".doctrees", ignore_errors=True)
    for folder in sorted((p for p in site.rglob("*") if p.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()


def _without_results(path: Path) -> None:
    """Drop outputs of a notebook that a reader downloads: the page shows them."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
