"""Marks of comparison are saved like findings: under an id of the browser, against a version."""

import uuid

from django.db import migrations, models


def give_ids(apps, schema_editor):
    """The default was worked out once for all rows that were there."""
    marks = apps.get_model("annotations", "PriorMark").objects.using(schema_editor.connection.alias)
    for pk in marks.values_list("pk", flat=True):
        marks.filter(pk=pk).update(client_id=uuid.uuid4())


class Migration(migrations.Migration):
    dependencies = [("annotations", "0012_release_key_and_begun_at")]

    operations = [
        migrations.AddField(
            model_name="priormark",
            name="client_id",
            field=models.UUIDField(default=uuid.uuid4),
        ),
        migrations.AddField(
            model_name="priormark",
            name="version",
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.RunPython(give_ids, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="priormark",
            constraint=models.UniqueConstraint(
                fields=("review", "client_id"), name="prior_mark_client_id_once_per_review"
            ),
        ),
    ]
