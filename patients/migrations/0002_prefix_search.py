from django.db import migrations

from cxrportal.common.prefix_index import prefix_index


class Migration(migrations.Migration):
    dependencies = [("patients", "0001_initial")]

    operations = [
        prefix_index(table="patients_patient", column="mrn", name="patient_mrn_prefix"),
        prefix_index(table="patients_patient", column="claimed_mrn", name="patient_claim_prefix"),
    ]
