from tools.rehearse.people import People


def test_people_of_an_instance_that_goes_are_disconnected_and_move_to_the_others() -> None:
    people = People(users=1000)
    people.look({"a", "b"})
    assert people.disconnected == 0
    people.look({"a", "b", "c"})
    people.look({"b", "c"})
    assert people.disconnected == 500
    # b has half of a's people besides its own 500.
    people.look({"c"})
    assert people.disconnected == 500 + 750


def test_people_who_find_no_instance_are_disconnected_once() -> None:
    people = People(users=None)
    people.look({"a"})
    people.look(set())
    people.look(set())
    assert people.disconnected == 500
    people.look({"b"})
    people.look(set())
    assert people.disconnected == 1000


def test_nobody_is_disconnected_by_a_first_installation() -> None:
    people = People(users=1000)
    for ready in (set[str](), {"a"}, {"a", "b"}):
        people.look(ready)
    assert people.disconnected == 0
