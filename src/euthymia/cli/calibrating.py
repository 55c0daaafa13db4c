"""What ``calibrate`` and ``challenge`` do: compute, say what is going on, write; an interrupted call goes on where it
stopped.
"""

from collections.abc import Iterator

from rich.status import Status

from euthymia.calibration.challenge import challenge
from euthymia.calibration.fit import Fit, calibrate
from euthymia.calibration.joint import joint_members
from euthymia.calibration.overlap import Overlap, overlap
from euthymia.calibration.steps import Steps
from euthymia.calibration.write import write_fit, write_joined
from euthymia.cli.options import ERR, OUT
from euthymia.files import write_atomically
from euthymia.findings.verdict import SURE
from euthymia.joined import join_studies
from euthymia.joined.cohort import joined_digest
from euthymia.pipeline import check_study
from euthymia.records.challenge import CUT, FILE, NULL, WHOLE, Challenge, challenge_digest, challenge_text
from euthymia.records.ensemble import evidence_digest
from euthymia.records.folder import StudyFolder, load_study
from euthymia.records.members import Members
from euthymia.words import Language, Message, msg

SEED = 1
"""Seed of the ensembles."""


def calibrate_studies(studies: tuple[str, ...], *, language: Language) -> None:
    """Calibrate study folders, one after the other, and write their ensembles.

    Studies that calibrate common fragments come first, since others start from what they find.
    """
    for study in sorted(studies, key=lambda name: not load_study(name, calibrated=False).record.mechanism.calibrates):
        _calibrate(study, language)


def _calibrate(study: str, language: Language) -> None:
    folder = load_study(study, calibrated=False)
    check_study(folder)
    steps = Steps.of("calibrate", _digest(folder), SEED)
    with ERR.status(msg("Calibrating {study} …", study=folder.id).text(language)) as status:

        def say(state: Message) -> None:
            status.update(msg("Calibrating {study}: {state}", study=folder.id, state=state).text(language))

        fit = calibrate(folder, seed=SEED, report=say, done=steps)
    files = write_fit(folder, fit)
    steps.forget()
    OUT.print(msg("{study}: written: {files}.", study=folder.id, files=", ".join(file.name for file in files))
              .text(language), markup=False)  # fmt: skip
    OUT.print(_summary(fit).text(language), markup=False)


def calibrate_joined(*, language: Language) -> None:
    """Find joint draws of all studies and how far their circuits overlap; write both."""
    joined = join_studies()
    steps = Steps.of("calibrate joined", joined_digest(), SEED)
    with ERR.status(msg("Calibrating the joined model …").text(language)) as status:

        def say(state: Message) -> None:
            status.update(msg("Calibrating the joined model: {state}", state=state).text(language))

        members = joint_members(joined, seed=SEED, report=say, done=steps)
        found = overlap(joined, members, seed=SEED, report=say, done=steps)
    files = write_joined(members, found, SEED)
    OUT.print(msg("Written: {files}.", files=", ".join(file.name for file in files)).text(language), markup=False)
    for line in _joined_summary(members, found):
        OUT.print(line.text(language), markup=False)
    steps.forget()


def _joined_summary(members: Members, found: Overlap) -> Iterator[Message]:
    yield msg("{members} joint draws, from {effective} common values in effect.", members=len(members),
              effective=f"{members.effective:.0f}")  # fmt: skip
    rows = ", ".join(f"{study} {len(set(one.tolist()))}" for study, one in members.rows.items())
    yield msg("Different rows of each study’s ensemble: {rows}.", rows=rows)
    values = ", ".join(f"{value:g}: {log - found.total.max():.1f}"
                       for value, log in zip(found.grid, found.total, strict=True))  # fmt: skip
    yield msg("Log likelihood of the overlap’s values, less the greatest: {values}.", values=values)


def challenge_studies(studies: tuple[str, ...], *, language: Language) -> None:
    """Challenge calibrated studies, one after the other, and write what was found."""
    for study in studies:
        folder = load_study(study)
        check_study(folder)
        digest = challenge_digest(folder.record, folder.observations, _digest(folder))
        steps = Steps.of("challenge", digest, SEED)
        with ERR.status(msg("Challenging {study} …", study=folder.id).text(language)) as status:

            def say(state: Message, name: str = folder.id, status: Status = status) -> None:
                status.update(msg("Challenging {study}: {state}", study=name, state=state).text(language))

            found = challenge(folder, seed=SEED, report=say, done=steps)
        write_atomically({folder.folder / FILE: challenge_text(found, digest)})
        steps.forget()
        OUT.print(_challenged(folder, found).text(language), markup=False)


def _challenged(folder: StudyFolder, found: Challenge) -> Message:
    whole = found.probabilities[WHOLE]
    moved = sum(
        any(whole[finding] >= SURE > told[finding] for finding in whole)
        for name, told in found.probabilities.items()
        if name.startswith(CUT)
    )
    return msg(
        "{study}: {moved} of {cuts} cut links are needed even when the rest is calibrated anew; log evidence {gap} "
        "above that of the null competitor.",
        study=folder.id, moved=moved, cuts=len(found.cuts),
        gap=f"{found.log_evidence[WHOLE] - found.log_evidence[NULL]:.1f}",
    )  # fmt: skip


def _digest(folder: StudyFolder) -> str:
    return evidence_digest(folder.record, folder.fragment, folder.library, dict(folder.observations))


def _summary(fit: Fit) -> Message:
    return msg(
        "Sum of squares {misfit} over {data} terms; {count} parameters calibrated; the evidence halves the variance "
        "of {halved} of {all} drawn ones and does not touch {untouched}; R-hat at most {rhat}, at least {ess} draws.",
        misfit=f"{fit.misfit:.1f}",
        data=fit.terms,
        count=sum(parameter.status == "calibrated" for parameter in fit.parameters),
        all=len(fit.diagnoses),
        halved=sum(one.contraction > 0.5 for one in fit.diagnoses),
        untouched=sum(not one.felt for one in fit.diagnoses),
        rhat=f"{max(one.rhat for one in fit.diagnoses):.3f}",
        ess=f"{min(one.ess for one in fit.diagnoses):.0f}",
    )
