"""Few calls, many short lines and branches, none of which is always the same."""


def run(steps: int) -> int:
    total = 0
    for step in range(steps):
        if step % 3 == 0:
            total += step
        elif step & 1:
            total -= 1
        else:
            total ^= step
        if total > 1_000_000:
            total = 0
    return total


print(run(4_000_000))
