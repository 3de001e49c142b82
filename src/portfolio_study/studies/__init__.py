"""The experiments of the chapters: one package or module a page, opened by the page and by nothing else.

In a package, ``experiment`` holds the parameters and stages, ``measures`` the values that claims and the page
refer to, ``figures`` and ``tables`` what is shown.
"""
