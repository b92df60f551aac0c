"""Recurses too deeply, outside of its functions."""

def down():
    return down()


down()
