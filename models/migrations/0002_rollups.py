from tortoise import migrations
from erikti.database.constraints import CreateModel
from erikti.database.rollup import (Column, Rollup, Tie, Unit)
from erikti.database.fields import (FixedPoint, Text, Uuid)
from erikti.database.rollup_operations import Keep
from models.enquiry_codes import EnquiryChannel, EnquiryStatus, EnquiryTopic
from models.volunteers import Direction, ParticipationRole, VolunteerStatus
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('erikti', '0001_initial')]

    initial = False

    operations = [
        CreateModel(
            name='EnquiriesByDay',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('count', fields.BigIntField()),
                ('call_centre', Text(max_length=32)),
                ('status', fields.CharEnumField(description='', enum_type=EnquiryStatus, max_length=12)),
                ('opened_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'enquiries_by_day', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'Enquiries by the day on which they were opened.'},
            bases=['CountedEnquiries'],
        ),
        CreateModel(
            name='EnquiriesByMatter',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('count', fields.BigIntField()),
                ('call_centre', Text(max_length=32)),
                ('status', fields.CharEnumField(description='', enum_type=EnquiryStatus, max_length=12)),
                ('channel', fields.CharEnumField(description='', enum_type=EnquiryChannel, max_length=12)),
                ('topic', fields.CharEnumField(description='', enum_type=EnquiryTopic, max_length=16)),
                ('region_id', Text(null=True, max_length=6)),
            ],
            options={'table': 'enquiries_by_matter', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'Enquiries by channel, topic and region.'},
            bases=['CountedEnquiries'],
        ),
        CreateModel(
            name='EnquiriesByMonth',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('count', fields.BigIntField()),
                ('call_centre', Text(max_length=32)),
                ('status', fields.CharEnumField(description='', enum_type=EnquiryStatus, max_length=12)),
                ('channel', fields.CharEnumField(description='', enum_type=EnquiryChannel, max_length=12)),
                ('topic', fields.CharEnumField(description='', enum_type=EnquiryTopic, max_length=16)),
                ('opened_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'enquiries_by_month', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'Enquiries by channel, topic and month.'},
            bases=['CountedEnquiries'],
        ),
        CreateModel(
            name='EnquiriesByRegion',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('count', fields.BigIntField()),
                ('call_centre', Text(max_length=32)),
                ('status', fields.CharEnumField(description='', enum_type=EnquiryStatus, max_length=12)),
                ('region_id', Text(null=True, max_length=6)),
                ('opened_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'enquiries_by_region', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'Enquiries by region and month.'},
            bases=['CountedEnquiries'],
        ),
        CreateModel(
            name='EnquiriesByResolution',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('count', fields.BigIntField()),
                ('call_centre', Text(max_length=32)),
                ('status', fields.CharEnumField(description='', enum_type=EnquiryStatus, max_length=12)),
                ('resolved_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'enquiries_by_resolution', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'Enquiries by the day on which they were resolved.'},
            bases=['CountedEnquiries'],
        ),
        CreateModel(
            name='GoodDeedsByDay',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('count', fields.BigIntField()),
                ('edition', fields.IntField()),
                ('happened_on', fields.DateField()),
                ('participant_count', fields.BigIntField()),
            ],
            options={'table': 'good_deeds_by_day', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'Good deeds by edition and day.'},
            bases=['Counted'],
        ),
        CreateModel(
            name='GoodDeedsByRegion',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('count', fields.BigIntField()),
                ('region_id', Text(max_length=6)),
                ('edition', fields.IntField()),
                ('happened_on', fields.DateField()),
                ('participant_count', fields.BigIntField()),
            ],
            options={'table': 'good_deeds_by_region', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'Good deeds by region, edition and month.'},
            bases=['Counted'],
        ),
        CreateModel(
            name='ParticipationsByDay',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('count', fields.BigIntField()),
                ('role', fields.CharEnumField(description='', enum_type=ParticipationRole, max_length=12)),
                ('hours', FixedPoint(places=1)),
                ('starts_on', fields.DateField()),
            ],
            options={'table': 'participations_by_day', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'Participations by day of their beginning.'},
            bases=['CountedParticipations'],
        ),
        CreateModel(
            name='ParticipationsByMonth',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('count', fields.BigIntField()),
                ('role', fields.CharEnumField(description='', enum_type=ParticipationRole, max_length=12)),
                ('hours', FixedPoint(places=1)),
                ('project_id', Uuid()),
                ('starts_on', fields.DateField()),
            ],
            options={'table': 'participations_by_month', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'Participations by project and month of their beginning.'},
            bases=['CountedParticipations'],
        ),
        CreateModel(
            name='ParticipationsByProject',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('count', fields.BigIntField()),
                ('role', fields.CharEnumField(description='', enum_type=ParticipationRole, max_length=12)),
                ('hours', FixedPoint(places=1)),
                ('project_id', Uuid()),
            ],
            options={'table': 'participations_by_project', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'Participations by project.'},
            bases=['CountedParticipations'],
        ),
        CreateModel(
            name='PeopleByDay',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('count', fields.BigIntField()),
                ('recorded_on', fields.DateField()),
            ],
            options={'table': 'people_by_day', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'People by the day on which they were recorded.'},
            bases=['Counted'],
        ),
        CreateModel(
            name='VolunteersByDay',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('count', fields.BigIntField()),
                ('status', fields.CharEnumField(description='', enum_type=VolunteerStatus, max_length=12)),
                ('silver', fields.BooleanField()),
                ('registered_on', fields.DateField()),
            ],
            options={'table': 'volunteers_by_day', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'Volunteers by day of registration.'},
            bases=['CountedVolunteers'],
        ),
        CreateModel(
            name='VolunteersByDirection',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('count', fields.BigIntField()),
                ('status', fields.CharEnumField(description='', enum_type=VolunteerStatus, max_length=12)),
                ('silver', fields.BooleanField()),
                ('region_id', Text(max_length=6)),
                ('front_office_id', Uuid(null=True)),
                ('direction', fields.CharEnumField(description='', enum_type=Direction, max_length=12)),
                ('hours_total', FixedPoint(places=1)),
            ],
            options={'table': 'volunteers_by_direction', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'Volunteers once for each of their directions.'},
            bases=['CountedPlaces'],
        ),
        CreateModel(
            name='VolunteersByMonth',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('count', fields.BigIntField()),
                ('status', fields.CharEnumField(description='', enum_type=VolunteerStatus, max_length=12)),
                ('silver', fields.BooleanField()),
                ('region_id', Text(max_length=6)),
                ('front_office_id', Uuid(null=True)),
                ('registered_on', fields.DateField()),
            ],
            options={'table': 'volunteers_by_month', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'Volunteers by region, front office and month of registration.'},
            bases=['CountedPlaces'],
        ),
        CreateModel(
            name='VolunteersByOrganisation',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('count', fields.BigIntField()),
                ('status', fields.CharEnumField(description='', enum_type=VolunteerStatus, max_length=12)),
                ('silver', fields.BooleanField()),
                ('region_id', Text(max_length=6)),
                ('front_office_id', Uuid(null=True)),
                ('organisation_id', Uuid(null=True)),
                ('hours_total', FixedPoint(places=1)),
            ],
            options={'table': 'volunteers_by_organisation', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'Volunteers by organisation.'},
            bases=['CountedPlaces'],
        ),
        CreateModel(
            name='VolunteersByPlace',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('count', fields.BigIntField()),
                ('status', fields.CharEnumField(description='', enum_type=VolunteerStatus, max_length=12)),
                ('silver', fields.BooleanField()),
                ('region_id', Text(max_length=6)),
                ('front_office_id', Uuid(null=True)),
                ('hours_total', FixedPoint(places=1)),
            ],
            options={'table': 'volunteers_by_place', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'Volunteers by region and front office.'},
            bases=['CountedPlaces'],
        ),
        Keep(
            Rollup(
                table='people_by_day',
                base='people',
                columns=(Column('recorded_on', unit=Unit.DAY),),
            )
        ),
        Keep(
            Rollup(
                table='participations_by_project',
                base='participations',
                columns=(Column('role'), Column('project_id'),),
                sums=('hours',),
            )
        ),
        Keep(
            Rollup(
                table='participations_by_day',
                base='participations',
                columns=(Column('role'), Column('starts_on', unit=Unit.DAY),),
                sums=('hours',),
            )
        ),
        Keep(
            Rollup(
                table='participations_by_month',
                base='participations',
                columns=(Column('role'), Column('project_id'), Column('starts_on', unit=Unit.MONTH),),
                sums=('hours',),
            )
        ),
        Keep(
            Rollup(
                table='volunteers_by_place',
                base='volunteers',
                columns=(Column('status'), Column('silver'), Column('region_id'), Column('front_office_id', null=True),),
                sums=('hours_total',),
            )
        ),
        Keep(
            Rollup(
                table='volunteers_by_direction',
                base='volunteers',
                columns=(Column('status'), Column('silver'), Column('region_id'), Column('front_office_id', null=True), Column('direction'),),
                sums=('hours_total',),
                tie=Tie(table='volunteer_directions', owner='volunteer_id', value='direction'),
            )
        ),
        Keep(
            Rollup(
                table='volunteers_by_organisation',
                base='volunteers',
                columns=(Column('status'), Column('silver'), Column('region_id'), Column('front_office_id', null=True), Column('organisation_id', null=True),),
                sums=('hours_total',),
            )
        ),
        Keep(
            Rollup(
                table='volunteers_by_month',
                base='volunteers',
                columns=(Column('status'), Column('silver'), Column('region_id'), Column('front_office_id', null=True), Column('registered_on', unit=Unit.MONTH),),
            )
        ),
        Keep(
            Rollup(
                table='volunteers_by_day',
                base='volunteers',
                columns=(Column('status'), Column('silver'), Column('registered_on', unit=Unit.DAY),),
            )
        ),
        Keep(
            Rollup(
                table='enquiries_by_matter',
                base='enquiries',
                columns=(Column('call_centre'), Column('status'), Column('channel'), Column('topic'), Column('region_id', null=True),),
            )
        ),
        Keep(
            Rollup(
                table='enquiries_by_region',
                base='enquiries',
                columns=(Column('call_centre'), Column('status'), Column('region_id', null=True), Column('opened_at', unit=Unit.MONTH, instant=True),),
            )
        ),
        Keep(
            Rollup(
                table='enquiries_by_month',
                base='enquiries',
                columns=(Column('call_centre'), Column('status'), Column('channel'), Column('topic'), Column('opened_at', unit=Unit.MONTH, instant=True),),
            )
        ),
        Keep(
            Rollup(
                table='enquiries_by_day',
                base='enquiries',
                columns=(Column('call_centre'), Column('status'), Column('opened_at', unit=Unit.DAY, instant=True),),
            )
        ),
        Keep(
            Rollup(
                table='enquiries_by_resolution',
                base='enquiries',
                columns=(Column('call_centre'), Column('status'), Column('resolved_at', null=True, unit=Unit.DAY, instant=True),),
            )
        ),
        Keep(
            Rollup(
                table='good_deeds_by_region',
                base='good_deeds',
                columns=(Column('region_id'), Column('edition'), Column('happened_on', unit=Unit.MONTH),),
                sums=('participant_count',),
            )
        ),
        Keep(
            Rollup(
                table='good_deeds_by_day',
                base='good_deeds',
                columns=(Column('edition'), Column('happened_on', unit=Unit.DAY),),
                sums=('participant_count',),
            )
        ),
    ]
