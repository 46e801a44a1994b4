import pytest

from basket import Item, to_pay

TEA = Item("tea", 450)
KETTLE = Item("kettle", 5900)


def test_shipping_is_added():
    assert to_pay([TEA], "NL") == 450 + 490


def test_shipping_is_free_for_a_large_basket():
    assert to_pay([KETTLE], "NL") == 5900


def test_shipping_abroad_is_never_free():
    assert to_pay([KETTLE], "DE") == 5900 + 990


def test_members_pay_less():
    assert to_pay([KETTLE], "NL", member=True) == 5900 - 295


def test_an_empty_basket_is_refused():
    with pytest.raises(ValueError, match="empty"):
        to_pay([], "NL")
