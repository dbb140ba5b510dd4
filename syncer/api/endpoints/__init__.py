"""The endpoints that this client uses: one file each, which builds the request and parses the answer.

A function takes the client first, so that ApiSource and BatchingClient offer it as a method, in one line.
Every one may raise any ApiError, or Cancelled; its docstring names only what is special.
"""
