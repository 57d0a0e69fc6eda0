"""Words for yes, no and the values of enums in files, in three languages."""

from enum import Enum, StrEnum
from functools import cache

from models.cis_forum import DelegateRole, DelegateStatus, SessionFormat
from models.people import Language, Purpose, Sex
from models.un_placements import PlacementStatus
from models.volunteers import (
    Direction,
    EnquiryChannel,
    EnquiryStatus,
    EnquiryTopic,
    FrontOfficeKind,
    GrantStatus,
    OrganisationKind,
    ParticipationRole,
    ProjectStatus,
    VolunteerStatus,
)

YES = frozenset({"1", "true", "yes", "y", "да", "истина", "иә", "ия", "ақиқат", "+1"})
NO = frozenset({"0", "false", "no", "n", "нет", "ложь", "жоқ", "жалған"})

# One line per value: Kazakh and Russian words; the English one is the code itself.
WORDS: tuple[tuple[StrEnum, tuple[str, ...]], ...] = (
    (Sex.FEMALE, ("әйел", "женский", "ж", "жен", "женщина", "f")),
    (Sex.MALE, ("ер", "еркек", "мужской", "м", "муж", "мужчина", "m")),
    (Language.KK, ("қазақша", "қазақ тілі", "казахский", "kazakh")),
    (Language.RU, ("орысша", "орыс тілі", "русский", "russian")),
    (Language.EN, ("ағылшынша", "ағылшын тілі", "английский", "english")),
    (Purpose.REGISTRATION, ("тізілім жүргізу", "тіркеу", "ведение реестра", "регистрация")),
    (Purpose.FORUM_PARTICIPATION, ("форумға қатысу", "участие в форуме")),
    (Purpose.UN_PLACEMENT, ("бұұ-ға жіберу", "направление в оон")),
    (Purpose.AWARD_ASSESSMENT, ("үміткерлерді бағалау", "оценка номинантов")),
    (Purpose.EMERGENCY, ("төтенше жағдай", "чрезвычайная ситуация")),
    (Purpose.STATUTORY_DUTY, ("заңды міндет", "обязанность по закону")),
    (Purpose.DATA_SUBJECT_REQUEST, ("адамның өз сұрауы", "запрос самого человека")),
    (Direction.ANIMALS, ("жануарлар", "животные", "защита животных")),
    (Direction.CULTURE, ("мәдениет", "культура")),
    (Direction.DIGITAL, ("цифрлық", "цифровое")),
    (Direction.ECOLOGY, ("экология",)),
    (Direction.EDUCATION, ("білім", "білім беру", "образование")),
    (Direction.EMERGENCY, ("төтенше жағдайлар", "чрезвычайные ситуации")),
    (Direction.EVENTS, ("іс-шаралар", "мероприятия")),
    (Direction.HEALTH, ("денсаулық", "денсаулық сақтау", "здравоохранение", "здоровье")),
    (Direction.HERITAGE, ("мұра", "наследие")),
    (Direction.SEARCH, ("іздестіру", "поиск", "поиск людей")),
    (Direction.SOCIAL, ("әлеуметтік", "социальное")),
    (Direction.SPORT, ("спорт",)),
    (FrontOfficeKind.NATIONAL, ("ұлттық", "республикалық", "национальный", "республиканский")),
    (FrontOfficeKind.REGIONAL, ("өңірлік", "аймақтық", "региональный")),
    (OrganisationKind.PUBLIC_ASSOCIATION, ("қоғамдық бірлестік", "общественное объединение")),
    (OrganisationKind.PUBLIC_FOUNDATION, ("қоғамдық қор", "общественный фонд")),
    (OrganisationKind.STUDENT, ("студенттік", "студенческая")),
    (OrganisationKind.SCHOOL, ("мектеп", "школьная")),
    (OrganisationKind.CORPORATE, ("корпоративтік", "корпоративная")),
    (OrganisationKind.STATE, ("мемлекеттік", "государственная")),
    (VolunteerStatus.ACTIVE, ("белсенді", "активный", "активен")),
    (VolunteerStatus.INACTIVE, ("белсенді емес", "неактивный", "неактивен")),
    (VolunteerStatus.WITHDRAWN, ("шығарылды", "выбыл", "исключён")),
    (ProjectStatus.PLANNED, ("жоспарланған", "запланирован", "планируется")),
    (ProjectStatus.ACTIVE, ("жүріп жатыр", "белсенді", "активный", "идёт")),
    (ProjectStatus.COMPLETED, ("аяқталды", "завершён")),
    (ProjectStatus.CANCELLED, ("тоқтатылды", "отменён")),
    (ParticipationRole.PARTICIPANT, ("қатысушы", "участник")),
    (ParticipationRole.COORDINATOR, ("үйлестіруші", "координатор")),
    (ParticipationRole.ORGANISER, ("ұйымдастырушы", "организатор", "organizer")),
    (GrantStatus.AWARDED, ("тағайындалды", "присуждён", "присужден")),
    (GrantStatus.ACTIVE, ("орындалуда", "действует")),
    (GrantStatus.COMPLETED, ("аяқталды", "завершён")),
    (GrantStatus.REVOKED, ("кері қайтарылды", "отозван")),
    (EnquiryChannel.PHONE, ("телефон",)),
    (EnquiryChannel.MESSENGER, ("мессенджер",)),
    (EnquiryChannel.EMAIL, ("электрондық пошта", "электронная почта", "e-mail")),
    (EnquiryChannel.WEB, ("сайт", "веб")),
    (EnquiryTopic.REGISTRATION, ("тіркеу", "регистрация")),
    (EnquiryTopic.PROJECTS, ("жобалар", "проекты")),
    (EnquiryTopic.HOURS, ("сағаттар", "часы")),
    (EnquiryTopic.GRANTS, ("гранттар", "гранты")),
    (EnquiryTopic.HELP_REQUEST, ("көмек сұрау", "просьба о помощи")),
    (EnquiryTopic.COMPLAINT, ("шағым", "жалоба")),
    (EnquiryTopic.OTHER, ("басқа", "другое")),
    (EnquiryStatus.OPEN, ("ашық", "открыто", "открыт")),
    (EnquiryStatus.IN_PROGRESS, ("өңделуде", "в работе")),
    (EnquiryStatus.RESOLVED, ("шешілді", "решено", "решён")),
    (EnquiryStatus.REJECTED, ("қабылданбады", "отклонено", "отклонён")),
    (SessionFormat.CEREMONY, ("салтанатты рәсім", "церемония")),
    (SessionFormat.PLENARY, ("пленарлық отырыс", "пленарное заседание")),
    (SessionFormat.PANEL, ("панельдік пікірталас", "панельная дискуссия")),
    (SessionFormat.WORKSHOP, ("шеберлік сабағы", "мастер-класс")),
    (DelegateRole.HEAD, ("делегация басшысы", "глава делегации", "руководитель")),
    (DelegateRole.DELEGATE, ("делегат",)),
    (DelegateRole.EXPERT, ("сарапшы", "эксперт")),
    (DelegateRole.OBSERVER, ("бақылаушы", "наблюдатель")),
    (DelegateStatus.NOMINATED, ("ұсынылды", "выдвинут")),
    (DelegateStatus.APPROVED, ("мақұлданды", "одобрен")),
    (DelegateStatus.ACCREDITED, ("аккредиттелді", "аккредитован")),
    (DelegateStatus.ATTENDED, ("қатысты", "участвовал")),
    (DelegateStatus.REJECTED, ("қабылданбады", "отклонён")),
    (DelegateStatus.WITHDRAWN, ("бас тартты", "отозван")),
    (PlacementStatus.SELECTED, ("іріктелді", "отобран")),
    (PlacementStatus.DEPLOYED, ("жіберілді", "направлен")),
    (PlacementStatus.ACTIVE, ("қызмет етуде", "служит")),
    (PlacementStatus.EXTENDED, ("ұзартылды", "продлён")),
    (PlacementStatus.COMPLETED, ("аяқталды", "завершён")),
    (PlacementStatus.TERMINATED, ("тоқтатылды", "прекращён")),
)


def folded(text: str) -> str:
    """Return text normalised for comparison: lower case, single spaces, ё as е."""
    return " ".join(text.replace("_", " ").replace("-", " ").casefold().split()).replace("ё", "е")


@cache
def names(values: type[Enum]) -> dict[str, str]:
    """Return the code and words of each value of an enum, folded."""
    # Members of different enums with the same code are equal, so the key includes the type.
    spoken: dict[tuple[type[Enum], str], tuple[str, ...]] = {
        (type(value), value.value): others for value, others in WORDS
    }
    known: dict[str, str] = {}
    for value in values:
        known[folded(value.value)] = value.value
        for word in spoken.get((values, value.value), ()):
            known[folded(word)] = value.value
    return known
