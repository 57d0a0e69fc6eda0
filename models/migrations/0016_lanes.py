"""Give lanes to rollups, so that writers do not wait for each other."""

from dataclasses import replace

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from erikti.database.rollup import Column, Parent, Rollup, Tie, Unit
from erikti.database.rollup_operations import Resume, Stop
from erikti.database.together import Together

ROLLUPS = {
    'PeopleByDay': Rollup(
        table='people_by_day',
        base='people',
        columns=(Column('recorded_on', unit=Unit.DAY),),
        lanes=True,
    ),
    'ParticipationsByProject': Rollup(
        table='participations_by_project',
        base='participations',
        columns=(Column('role'), Column('project_id'),),
        sums=('hours',),
        lanes=True,
    ),
    'ParticipationsByDay': Rollup(
        table='participations_by_day',
        base='participations',
        columns=(Column('role'), Column('starts_on', unit=Unit.DAY),),
        sums=('hours',),
        lanes=True,
    ),
    'ParticipationsByMonth': Rollup(
        table='participations_by_month',
        base='participations',
        columns=(Column('role'), Column('project_id'), Column('starts_on', unit=Unit.MONTH),),
        sums=('hours',),
        lanes=True,
    ),
    'ParticipationsByHours': Rollup(
        table='participations_by_hours',
        base='participations',
        columns=(Column('role'), Column('project_id'), Column('hours'),),
        lanes=True,
    ),
    'VolunteersByPlace': Rollup(
        table='volunteers_by_place',
        base='volunteers',
        columns=(Column('status'), Column('silver'), Column('region_id'), Column('front_office_id', null=True),),
        sums=('hours_total',),
        lanes=True,
    ),
    'VolunteersByDirection': Rollup(
        table='volunteers_by_direction',
        base='volunteers',
        columns=(Column('status'), Column('silver'), Column('region_id'), Column('front_office_id', null=True), Column('direction'),),
        sums=('hours_total',),
        tie=Tie(table='volunteer_directions', owner='volunteer_id', value='direction'),
        lanes=True,
    ),
    'VolunteersByOrganisation': Rollup(
        table='volunteers_by_organisation',
        base='volunteers',
        columns=(Column('status'), Column('silver'), Column('region_id'), Column('front_office_id', null=True), Column('organisation_id', null=True),),
        sums=('hours_total',),
        lanes=True,
    ),
    'VolunteersByYears': Rollup(
        table='volunteers_by_years',
        base='volunteers',
        columns=(Column('status'), Column('silver'), Column('region_id'), Column('registered_on', unit=Unit.YEAR), Column('starts_on'),),
        sums=('hours_total',),
        tie=Tie(table='participations_by_volunteer', owner='volunteer_id', value='starts_on'),
        lanes=True,
    ),
    'VolunteersByMonth': Rollup(
        table='volunteers_by_month',
        base='volunteers',
        columns=(Column('status'), Column('silver'), Column('region_id'), Column('front_office_id', null=True), Column('registered_on', unit=Unit.MONTH),),
        lanes=True,
    ),
    'VolunteersByDay': Rollup(
        table='volunteers_by_day',
        base='volunteers',
        columns=(Column('status'), Column('silver'), Column('registered_on', unit=Unit.DAY),),
        lanes=True,
    ),
    'VolunteersByHours': Rollup(
        table='volunteers_by_hours',
        base='volunteers',
        columns=(Column('status'), Column('silver'), Column('region_id'), Column('front_office_id', null=True), Column('hours_total'),),
        lanes=True,
    ),
    'VolunteersByAge': Rollup(
        table='volunteers_by_age',
        base='volunteers',
        columns=(Column('status'), Column('silver'), Column('region_id'), Column('front_office_id', null=True), Column('sex', null=True), Column('birth_date', null=True, unit=Unit.YEAR),),
        sums=('hours_total',),
        parent=Parent(table='people', key='person_id', values=('sex', 'birth_date')),
        lanes=True,
    ),
    'EnquiriesByMatter': Rollup(
        table='enquiries_by_matter',
        base='enquiries',
        columns=(Column('call_centre'), Column('status'), Column('channel'), Column('topic'), Column('region_id', null=True),),
        lanes=True,
    ),
    'EnquiriesByRegion': Rollup(
        table='enquiries_by_region',
        base='enquiries',
        columns=(Column('call_centre'), Column('status'), Column('region_id', null=True), Column('opened_at', unit=Unit.MONTH, instant=True),),
        lanes=True,
    ),
    'EnquiriesByMonth': Rollup(
        table='enquiries_by_month',
        base='enquiries',
        columns=(Column('call_centre'), Column('status'), Column('channel'), Column('topic'), Column('opened_at', unit=Unit.MONTH, instant=True),),
        lanes=True,
    ),
    'EnquiriesByDay': Rollup(
        table='enquiries_by_day',
        base='enquiries',
        columns=(Column('call_centre'), Column('status'), Column('opened_at', unit=Unit.DAY, instant=True),),
        lanes=True,
    ),
    'EnquiriesByResolution': Rollup(
        table='enquiries_by_resolution',
        base='enquiries',
        columns=(Column('call_centre'), Column('status'), Column('resolved_at', null=True, unit=Unit.DAY, instant=True),),
        lanes=True,
    ),
    'GoodDeedsByRegion': Rollup(
        table='good_deeds_by_region',
        base='good_deeds',
        columns=(Column('region_id'), Column('edition'), Column('happened_on', unit=Unit.MONTH),),
        sums=('participant_count',),
        lanes=True,
    ),
    'GoodDeedsByDay': Rollup(
        table='good_deeds_by_day',
        base='good_deeds',
        columns=(Column('edition'), Column('happened_on', unit=Unit.DAY),),
        sums=('participant_count',),
        lanes=True,
    ),
}

class Migration(migrations.Migration):
    dependencies = [('erikti', '0015_field_sources')]

    initial = False

    operations = [
        *(Stop(replace(rollup, lanes=False)) for rollup in ROLLUPS.values()),
        Together(
            *(
                ops.AddField(model_name=name, name='lane', field=fields.IntField(db_default=0))
                for name in ROLLUPS
            )
        ),
        *(Resume(rollup) for rollup in ROLLUPS.values()),
    ]
