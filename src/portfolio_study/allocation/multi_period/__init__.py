"""Mean-variance investment over several periods with an uncertain exit (paper 004).

``policy`` holds the recursion for independent returns, ``exact`` the solution with estimated means,
``frontier`` the frontier of both, ``several`` the case of several assets, ``kernels`` and ``simulation``
the fast engines, ``exits`` the laws of the exit.
"""
