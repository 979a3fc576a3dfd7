"""Postgres refuses to change or remove an event."""

from django.db import migrations

ADD = """
CREATE FUNCTION deploys_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an event is never changed or removed' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER event_is_append_only BEFORE UPDATE OR DELETE ON deploys_event
FOR EACH ROW EXECUTE FUNCTION deploys_event_is_append_only();
"""
REMOVE = """
DROP TRIGGER event_is_append_only ON deploys_event;
DROP FUNCTION deploys_event_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("deploys", "0001_initial")]
    operations = [migrations.RunSQL(ADD, REMOVE)]
