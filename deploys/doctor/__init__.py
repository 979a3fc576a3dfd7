"""Looking a set-up over: what is right, missing or wrong, in words, with the next step.

`model` holds what a check finds, `run` carries checks out, `report` writes them for a terminal or a machine. Who
wants to show the result elsewhere, such as a page of settings, takes the same `Checked` values.
"""
