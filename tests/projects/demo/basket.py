"""What a basket of goods costs, in cents."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    name: str
    price: int
    quantity: int = 1


def subtotal(items):
    return sum(item.price * item.quantity for item in items)


def discount(total, member, voucher=None):
    if voucher == "WELCOME" and not member:
        return min(total // 10, 1000)
    if member and total >= 5000:
        return total // 20
    return 0


def shipping(total, country, express=False):
    if total >= 4000 and country == "NL":
        return 0
    cost = 490 if country == "NL" else 990
    if express:
        cost += 1000
    return cost


def to_pay(items, country, member=False, voucher=None):
    if not items:
        raise ValueError("the basket is empty")
    total = subtotal(items)
    total -= discount(total, member, voucher)
    return total + shipping(total, country)


if __name__ == "__main__":  # pragma: no cover
    print(to_pay([Item("tea", 450, 2)], "NL"))
