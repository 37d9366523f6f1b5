"""The audit trail is append-only for SQL too."""

from django.db import migrations, models

from cxrportal.accounts.append_only import create_statements, drop_statements

VERBS = [
    ("view", "View"),
    ("create", "Create"),
    ("change", "Change"),
    ("export", "Export"),
    ("sign", "Sign"),
    ("sign_in", "Sign in"),
    ("sign_out", "Sign out"),
    ("refuse", "Refused sign-in"),
    ("secure", "Security"),
    ("administer", "Administer"),
]


def create(apps, schema_editor):
    for statement in create_statements(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


def drop(apps, schema_editor):
    for statement in drop_statements(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AlterField("accessevent", "verb", models.CharField(choices=VERBS, max_length=16)),
        migrations.AlterField(
            "accessevent",
            "ip_address",
            models.GenericIPAddressField(blank=True, null=True, verbose_name="IP address"),
        ),
        migrations.AlterModelOptions(
            "apitoken", {"ordering": ("-created_at",), "verbose_name": "API token"}
        ),
        migrations.RunPython(create, drop),
    ]
