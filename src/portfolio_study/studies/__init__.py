"""The experiments of the chapters: one package a page, opened by the page and by nothing else.

``experiment`` holds the parameters and stages, ``measures`` the values that claims and the page
refer to, ``figures`` and ``tables`` what is shown.
"""
