"""What belongs together in a message, asked by the name of a segment."""

from services.ingest.parsers.hl7v2.grouping import Detail, Group, Order
from services.ingest.parsers.hl7v2.splitting import Marks, Segment


class CountedOrder(Order):
    """Knows how often somebody looked through it."""

    looks = 0

    def segments(self):
        self.looks += 1
        return super().segments()


def segment(name):
    return Segment(name, [name], Marks("|", "^", "~", "\\", "&"))


def test_a_group_looks_through_its_orders_once_however_often_it_is_asked():
    first, inner, outer = segment("SPM"), segment("SPM"), segment("SPM")
    order = CountedOrder(leads=[first], details=[Detail(segment("OBR"), [inner])])
    group = Group(segments=[segment("AL1"), outer], orders=[order])
    assert [list(group.all("SPM")) for _ in range(3)] == [[outer, first, inner]] * 3
    assert list(group.all("PDA")) == []
    assert order.looks == 1
