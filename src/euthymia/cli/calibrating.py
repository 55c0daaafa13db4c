"""What ``calibrate`` does: fit, say what is going on, write; an interrupted call goes on where it stopped."""

from euthymia.calibration.fit import Fit, calibrate
from euthymia.calibration.steps import Steps
from euthymia.calibration.write import write_fit
from euthymia.cli.options import ERR, OUT
from euthymia.pipeline import check_study
from euthymia.records.ensemble import evidence_digest
from euthymia.records.folder import load_study
from euthymia.words import Language, Message, msg

SEED = 1
"""Seed of the ensembles."""


def calibrate_studies(studies: tuple[str, ...], *, language: Language) -> None:
    """Calibrate study folders, one after the other, and write their ensembles."""
    for study in studies:
        _calibrate(study, language)


def _calibrate(study: str, language: Language) -> None:
    folder = load_study(study, calibrated=False)
    check_study(folder)
    digest = evidence_digest(folder.record, folder.fragment, folder.library, dict(folder.observations))
    steps = Steps.of("calibrate", digest, SEED)
    with ERR.status(msg("Calibrating {study} …", study=folder.id).text(language)) as status:

        def say(state: Message) -> None:
            status.update(msg("Calibrating {study}: {state}", study=folder.id, state=state).text(language))

        fit = calibrate(folder, seed=SEED, report=say, done=steps)
    files = write_fit(folder, fit)
    steps.forget()
    OUT.print(msg("{study}: written: {files}.", study=folder.id, files=", ".join(file.name for file in files))
              .text(language), markup=False)  # fmt: skip
    OUT.print(_summary(fit).text(language), markup=False)


def _summary(fit: Fit) -> Message:
    return msg(
        "Sum of squares {misfit} over {data} terms; {count} parameters calibrated; of {all} drawn the evidence halves the "
        "variance of {halved} and does not touch {untouched}; R-hat at most {rhat}, effective draws at least {ess}.",
        misfit=f"{fit.misfit:.1f}",
        data=fit.terms,
        count=sum(parameter.status == "calibrated" for parameter in fit.parameters),
        all=len(fit.diagnoses),
        halved=sum(one.contraction > 0.5 for one in fit.diagnoses),
        untouched=sum(not one.felt for one in fit.diagnoses),
        rhat=f"{max(one.rhat for one in fit.diagnoses):.3f}",
        ess=f"{min(one.ess for one in fit.diagnoses):.0f}",
    )
