"""Decisions of several conditions, some of which need memory to be decided."""


def run(steps: int) -> int:
    found = 0
    for n in range(steps):
        a, b, c, d = n & 1, n & 2, n & 4, n % 7
        if (a or b) and (c or not d):
            found += 1
        if (a and b and not c) or d == 3:
            found += 2
        found += (a and c) or (b and d) or 0
    return found


print(run(1_500_000))
