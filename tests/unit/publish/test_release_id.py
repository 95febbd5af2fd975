from crosschannel.publish.digest import release_id_of


def test_the_first_release_is_named_by_its_content():
    assert release_id_of("d1", None) == release_id_of("d1", None)
    assert release_id_of("d1", None) != release_id_of("d2", None)
    assert release_id_of("d1", None).startswith("r_")


def test_going_back_to_old_content_is_a_new_release():
    first = release_id_of("d1", None)
    second = release_id_of("d2", first)
    assert release_id_of("d1", second) != first
