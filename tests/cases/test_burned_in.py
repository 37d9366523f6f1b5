"""Text in the pixels: who may say what, what is stored, and what a release does with it."""

from __future__ import annotations

from io import BytesIO

import cv2
import numpy as np
import pytest
from django.db import IntegrityError
from django.urls import reverse

from cases.models import BurnedInReview, Image, TextCheck
from cases.selectors import latest_text_review
from cases.services.burned_in import (
    ImageNotPrepared,
    MaskInvalid,
    box_of,
    burned_in_review,
    text_check_make,
)
from cxrportal.accounts.models import AccessEvent
from cxrportal.accounts.permissions import NotAllowed
from cxrportal.common.storage import put_durable
from tests.support.cases import make_case, make_image
from tests.support.readings import read_case

pytestmark = pytest.mark.django_db


def picture_with(text: str) -> bytes:
    picture = np.full((200, 300), 40, np.uint8)
    cv2.putText(picture, text, (30, 100), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 2, cv2.LINE_AA)
    return cv2.imencode(".png", picture)[1].tobytes()


@pytest.fixture
def image(department) -> Image:
    """An image in whose picture DOE JOHN stands."""
    put_durable("burned-in/a.png", BytesIO(picture_with("DOE JOHN")))
    return make_image(make_case(department), rows=200, columns=300, display_key="burned-in/a.png")


@pytest.fixture
def page(client, clinician):
    client.force_login(clinician)
    return client


def test_the_text_is_suspected_where_it_stands_and_looked_for_once(image) -> None:
    check = text_check_make(image=image)
    x_min, y_min, x_max, y_max = check.regions[0]
    assert check.region_count == len(check.regions) >= 1
    assert (x_min < 40, y_min < 85, x_max > 150, y_max > 95) == (True,) * 4
    assert text_check_make(image=image) == check
    assert TextCheck.objects.count() == 1


def test_ingest_looks_at_every_image(department, clinician) -> None:
    image = read_case(department, clinician, analysed=False).images.get()
    assert image.text_check.region_count == len(image.text_check.regions)


def test_an_image_without_a_picture_waits(department) -> None:
    with pytest.raises(ImageNotPrepared):
        text_check_make(image=make_image(make_case(department)))


def test_the_newest_word_counts_and_the_older_one_stays(image, clinician) -> None:
    burned_in_review(image=image, actor=clinician, outcome="clean")
    burned_in_review(image=image, actor=clinician, outcome="masked", masks=[(1, 2, 30, 40)])
    latest = latest_text_review(image)
    assert (latest.outcome, latest.masks, latest.reviewer) == (
        "masked",
        [[1, 2, 30, 40]],
        clinician,
    )
    assert BurnedInReview.objects.count() == 2


@pytest.mark.parametrize(
    ("outcome", "masks"),
    [
        ("masked", []),
        ("clean", [(0, 0, 5, 5)]),
        ("fine", []),
        ("masked", [(0, 0, 301, 5)]),
        ("masked", [(5, 0, 5, 5)]),
        ("masked", [(-1, 0, 5, 5)]),
        ("masked", [(0, n, 5, n + 5) for n in range(201)]),
    ],
)
def test_a_word_that_makes_no_sense_is_refused(image, clinician, outcome, masks) -> None:
    image.rows, image.columns = 400, 300
    with pytest.raises(MaskInvalid):
        burned_in_review(image=image, actor=clinician, outcome=outcome, masks=masks)
    assert not BurnedInReview.objects.exists()


def test_the_database_refuses_masks_on_a_clean_picture(image, clinician) -> None:
    with pytest.raises(IntegrityError):
        BurnedInReview.objects.create(
            image=image, reviewer=clinician, outcome="clean", masks=[[0, 0, 1, 1]], mask_count=1
        )


def test_only_a_clinician_of_the_department_may_say_so(image, stranger, researcher, admin) -> None:
    for actor in (stranger, researcher, admin):
        with pytest.raises(NotAllowed):
            burned_in_review(image=image, actor=actor, outcome="clean")


@pytest.mark.parametrize("text", ["1,2,3", "1,2,3,x", "", "1,2,3,-4", "1,2,3,4,5", "1,2,3,1234567"])
def test_a_mask_that_is_no_box_is_refused(text) -> None:
    with pytest.raises(MaskInvalid):
        box_of(text)


def test_the_page_lists_what_waits_and_takes_the_masks(page, image) -> None:
    text_check_make(image=image)
    shown = page.get(reverse("cases:burned-in-list")).content.decode()
    address = reverse("cases:burned-in", args=[image.pk])
    assert address in shown
    form = page.get(address).content.decode()
    region = ",".join(map(str, image.text_check.regions[0]))
    assert f'name="mask" value="{region}"' in form
    answer = page.post(address, {"outcome": "masked", "mask": [region, "0,0,20,10"]})
    assert answer.status_code == 302
    assert latest_text_review(image).mask_count == 2
    events = AccessEvent.objects.filter(target_key=str(image.pk)).values_list("verb", flat=True)
    assert sorted(events) == ["change", "view"]
    assert not Image.objects.all().awaiting_text_review().exists()


def test_clean_needs_no_mask_even_where_some_are_ticked(page, image) -> None:
    address = reverse("cases:burned-in", args=[image.pk])
    page.post(address, {"outcome": "clean", "mask": ["0,0,20,10"]})
    assert latest_text_review(image).outcome == "clean"


def test_an_image_without_suspected_text_does_not_wait(page, department) -> None:
    put_durable("burned-in/b.png", BytesIO(picture_with("")))
    image = make_image(make_case(department), rows=200, columns=300, display_key="burned-in/b.png")
    assert text_check_make(image=image).region_count == 0
    assert not Image.objects.all().with_doubtful_pixels().exists()


def test_an_image_whose_header_announces_text_waits_whatever_is_found(department) -> None:
    image = make_image(make_case(department))
    image.facts["study"]["burned_in"] = "YES"
    image.save(update_fields=["facts"])
    assert Image.objects.all().awaiting_text_review().get() == image


def test_a_stranger_sees_none_of_it(client, stranger, image) -> None:
    text_check_make(image=image)
    client.force_login(stranger)
    assert client.get(reverse("cases:burned-in", args=[image.pk])).status_code == 404
    assert str(image.pk) not in client.get(reverse("cases:burned-in-list")).content.decode()
    assert client.get("/api/v1/burned-in/").json() == []


def test_the_api_tells_what_is_suspected_and_takes_a_word(page, image, clinician) -> None:
    text_check_make(image=image)
    (waiting,) = page.get("/api/v1/burned-in/").json()
    assert waiting == {
        "image": str(image.pk),
        "regions": image.text_check.regions,
        "declared": False,
        "review": None,
    }
    address = f"/api/v1/images/{image.pk}/burned-in/"
    answer = page.post(
        address, {"outcome": "masked", "masks": [[1, 2, 30, 40]]}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["masks"]) == (201, [[1, 2, 30, 40]])
    assert answer.json()["reviewer"] == str(clinician)
    assert page.get("/api/v1/burned-in/").json() == []
    assert page.get(address).json()["review"]["outcome"] == "masked"
    refused = page.post(
        address, {"outcome": "masked", "masks": [[1, 2, 999, 40]]}, content_type="application/json"
    )
    assert (refused.status_code, refused.json()["code"]) == (400, "mask_invalid")


def prepared(image: Image) -> Image:
    """As after its ingest: looked through, waiting for somebody."""
    text_check_make(image=image)
    return image


@pytest.fixture
def marked(department) -> Image:
    """Another image, with one letter in it."""
    put_durable("burned-in/b.png", BytesIO(picture_with("L")))
    image = make_image(make_case(department), rows=200, columns=300, display_key="burned-in/b.png")
    region = {"regions": [[28, 70, 60, 104]], "region_count": 1, "finder": "test"}
    TextCheck.objects.create(image=image, **region)
    return image


def test_many_are_said_to_be_markers_at_once_each_with_a_row_of_its_own(
    page, clinician, image, marked
) -> None:
    prepared(image)
    shown = page.get("/cases/burned-in/quick/").content.decode()
    assert shown.count("crop-card") == 2
    answer = page.post("/cases/burned-in/quick/", {"image": [image.pk, marked.pk]}, follow=True)
    assert "2 noted" in answer.content.decode()
    said = BurnedInReview.objects.order_by("id")
    assert [(r.outcome, r.reviewer, r.mask_count) for r in said] == [("marker", clinician, 0)] * 2
    assert {r.image_id for r in said} == {image.pk, marked.pk}
    assert AccessEvent.objects.filter(verb="change", detail="burned-in text").count() == 2
    assert "Nothing waits" in page.get("/cases/burned-in/quick/").content.decode()


def test_only_what_was_chosen_is_noted(page, image, marked) -> None:
    prepared(image)
    page.post("/cases/burned-in/quick/", {"image": [marked.pk]})
    assert [r.image for r in BurnedInReview.objects.all()] == [marked]


def test_what_a_colleague_said_meanwhile_stays(page, clinician, marked) -> None:
    burned_in_review(image=marked, actor=clinician, outcome="masked", masks=[(1, 2, 3, 4)])
    page.post("/cases/burned-in/quick/", {"image": [marked.pk]})
    assert latest_text_review(marked).outcome == "masked"


def test_a_declared_image_and_one_of_many_regions_are_looked_at_alone(page, image, marked) -> None:
    prepared(image)
    TextCheck.objects.filter(image=image).update(region_count=9)
    facts = marked.facts | {"study": marked.facts["study"] | {"burned_in": "YES"}}
    Image.objects.filter(pk=marked.pk).update(facts=facts)
    assert "crop-card" not in page.get("/cases/burned-in/quick/").content.decode()
    page.post("/cases/burned-in/quick/", {"image": [image.pk, marked.pk]})
    assert not BurnedInReview.objects.exists()


def test_nobody_elses_image_is_noted(page, other_department) -> None:
    put_durable("burned-in/c.png", BytesIO(picture_with("L")))
    other = make_image(make_case(other_department), display_key="burned-in/c.png")
    TextCheck.objects.create(image=other, regions=[[1, 2, 3, 4]], region_count=1, finder="test")
    page.post("/cases/burned-in/quick/", {"image": [other.pk, "no id"]})
    page.post("/cases/burned-in/quick/", {"image": [other.pk]})
    assert not BurnedInReview.objects.exists()


def test_a_crop_shows_the_region_and_what_is_around_it(page, marked) -> None:
    answer = page.get(f"/cases/burned-in/{marked.pk}/crops/0/")
    found = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)
    whole = cv2.imdecode(np.frombuffer(picture_with("L"), np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(found, whole[46:128, 4:84])
    assert "private" in answer["Cache-Control"]
    assert page.get(f"/cases/burned-in/{marked.pk}/crops/1/").status_code == 404
