"""What runs inside the measured process: standard library and C only.

Nothing here may import `minicov_lsp`: the measured program may live in another
environment and another Python than the server does.
"""
