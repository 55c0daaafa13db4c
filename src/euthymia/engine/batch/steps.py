"""Steps as instructions: stages, error and next step of each lane, and watched modes that end a step."""

from __future__ import annotations

from typing import Final

from euthymia.engine.batch.emit import Value
from euthymia.engine.batch.lanes import NOT_FINITE, SINGULAR, STEP_CAP, UNDERFLOW, Lanes
from euthymia.engine.batch.readouts import Readouts
from euthymia.engine.batch.tableau import Tableau

LEAST_MOVE, MOST_MOVE = 1e-15, 1e-9
"""Bounds of the relative change of time at a change of a mode."""
MIDDLE: Final = 0.3
"""Weight of the error of the dense output: so it acts only where the output would be wrong by several tolerances."""
SAFETY, SHRINK, GROW = 0.9, 0.2, 6.0
"""Step size control: factor on the step that would just do, and bounds of the change (Hairer & Wanner 1996, IV.7)."""
BISECTIONS: Final = 54
"""Halvings of a step after which the place of a change is known to a number's precision."""


class Steps:
    """Writes a step of all lanes."""

    def __init__(self, lanes: Lanes, readouts: Readouts, tableau: Tableau) -> None:
        self.lanes, self.code, self.readouts, self.tableau = lanes, lanes.code, readouts, tableau
        self.watched = lanes.analysis.modes.watched
        self.analysis = lanes.analysis

    def write(self) -> None:
        """One step, tried in every lane that has a run."""
        self.lanes.call("jacobian")
        self._first_step()
        self._choose_step()
        self.lanes.call("factor")
        self._stages()
        self._judge()

    def _first_step(self) -> None:
        """A step for lanes that have none: one in which the states change little against the tolerance."""
        code = self.code
        fresh = code.logic("and", self.lanes.mask("ACTIVE"), code.compare("oeq", code.load("H"), code.const(0.0)))
        with code.when(code.any(fresh)):
            floor = code.op("fdiv", code.load("ATOL"), code.load("RTOL"))
            code.store(code.const(0.0), "TS")
            with self.lanes.each_state() as state:
                scale = code.op("fadd", code.intrinsic("fabs", state.get("Y")), floor)
                ratio = code.op("fdiv", state.get("F"), scale)
                code.store(code.fma(ratio, ratio, code.load("TS")), "TS")
            mean = code.op("fmul", code.load("TS"), code.const(1.0 / self.lanes.size))
            pace = code.exp(code.op("fmul", code.log(mean), code.const(-0.5)))
            guess = code.op("fmul", pace, self.lanes.splat(self.lanes.context["guess"]))
            remaining = code.op("fsub", code.load("STOP"), code.load("T"))
            guess = code.smaller(guess, remaining)
            guess = code.select(code.compare("ogt", guess, code.const(0.0)), guess, remaining)
            code.store(code.select(fresh, guess, code.load("H")), "H")

    def _choose_step(self) -> None:
        """The step of each lane, stretched or halved so that it ends at the stop."""
        code = self.code
        now, stop, step = code.load("T"), code.load("STOP"), code.load("H")
        remaining = code.op("fsub", stop, now)
        last = code.compare("oge", code.op("fmul", step, code.const(1.05)), remaining)
        halfway = code.op("fmul", remaining, code.const(0.5))
        step = code.select(code.compare("ogt", step, halfway), halfway, step)
        step = code.select(last, remaining, step)
        code.store(step, "STEP")
        code.store(code.select(last, stop, code.op("fadd", now, step)), "TNEW")
        code.store(code.op("fdiv", code.const(1.0 / self.tableau.gamma), step), "W0")

    def _stages(self) -> None:
        code, tableau = self.code, self.tableau
        per_step = code.op("fmul", code.load("W0"), code.const(tableau.gamma))
        for stage in range(tableau.stages):
            self._trial(stage, per_step)
            target = code.pointer("%ws", self.lanes.layout.at("K", stage * self.lanes.size))
            if stage:
                self.lanes.call("rhs", target)
            self.lanes.call("solve", target)
        with self.lanes.each_state() as state:
            state.put("Y1", code.op("fadd", state.get("U"), state.get("K", tableau.stages - 1)))

    def _trial(self, stage: int, per_step: Value) -> None:
        """The state at which a stage takes the rates, and what is added to them."""
        code, tableau = self.code, self.tableau
        step = code.load("STEP")
        by_time = bool(self.analysis.by_time)
        pace = code.op("fmul", step, code.const(float(tableau.d[stage]))) if by_time and tableau.d[stage] else None
        if stage:
            time = code.fma(step, code.const(float(tableau.alpha[stage])), code.load("T"))
            code.store(time, "TS")
        simple = stage > 5  # the row is the row before and the last stage
        with self.lanes.each_state() as state:
            if stage == 0:
                added = state.get("F")
            else:
                ks = [state.get("K", other) for other in range(stage)]
                if simple:
                    state.put("U", code.op("fadd", state.get("U"), ks[-1]))
                else:
                    state.put("U", code.combination(tableau.a[stage][:stage], ks, state.get("Y")))
                added = code.op("fmul", code.combination(tableau.c[stage][:stage], ks), per_step)
            if pace is not None:
                added = code.fma(pace, state.get("FT"), added)
            state.put("K", added, stage)

    def _judge(self) -> None:
        """Accepts or rejects the step of each lane, and chooses its next one."""
        code = self.code
        code.store(code.const(0.0), "TS")
        rtol, atol = code.load("RTOL"), code.load("ATOL")
        with self.lanes.each_state() as state:
            size = code.larger(code.intrinsic("fabs", state.get("Y")), code.intrinsic("fabs", state.get("Y1")))
            scaled = code.op("fdiv", state.get("K", self.tableau.stages - 1), code.fma(rtol, size, atol))
            code.store(code.fma(scaled, scaled, code.load("TS")), "TS")
        error = code.op("fmul", code.load("TS"), code.const(1.0 / self.lanes.size))
        error = self._with_middle(error)
        error = code.select(self.lanes.mask("BAD"), code.const(float("nan")), error)
        active = self.lanes.mask("ACTIVE")
        accepted = code.logic("and", active, code.compare("ole", error, code.const(1.0)))
        change = code.exp(code.op("fmul", code.log(error), code.const(-0.5 / self.tableau.order)))
        change = code.larger(code.op("fmul", change, code.const(SAFETY)), code.const(SHRINK))
        bound = code.select(self.lanes.mask("REJECTED"), code.const(1.0), code.const(GROW))
        change = code.smaller(change, bound)
        step = code.op("fmul", code.load("STEP"), change)
        code.store(code.select(active, step, code.load("H")), "H")
        self.lanes.put_mask(code.logic("and", active, code.invert(accepted)), "REJECTED")
        code.store(code.op("fadd", code.load("STEPS"), code.const(1.0)), "STEPS")
        with code.when(code.any(accepted)):
            self._accept(accepted)
        self._give_up(error)

    def _with_middle(self, error: Value) -> Value:
        """The error, or that of the dense output where it is used and its own is larger."""
        code = self.code
        used = self.lanes.mask("ACTIVE")
        if not self.watched:
            used = code.logic("and", used, code.compare("ole", code.load("OUTT"), code.load("TNEW")))
        with code.choice(code.any(used), error) as chosen:
            middle = code.select(used, self._middle(), code.const(0.0))
            chosen.append(code.select(code.compare("ogt", middle, error), middle, error))
        return chosen[-1]

    def _middle(self) -> Value:
        """The squared error of the dense output at half the step: what its slope lacks, brought back to a state.

        A stiff state follows its quick balance at the ends of a long step, but not always in between.
        """
        code, readouts = self.code, self.readouts
        readouts.dense()
        half, quarter = code.const(0.5), code.const(0.25)
        pace = code.op("fmul", code.load("W0"), code.const(-self.tableau.gamma))
        with self.lanes.each_state() as state:
            state.put("U", readouts.between(half, state))
            bend = code.op("fadd", state.get("D", 1), state.get("D", 2))
            slope = code.fma(bend, quarter, code.op("fsub", state.get("Y1"), state.get("Y")))
            state.put("F", code.op("fmul", slope, pace))
        code.store(code.fma(code.load("STEP"), half, code.load("T")), "TS")
        target = code.pointer("%ws", self.lanes.layout.at("F"))
        self.lanes.call("rhs", target)
        self.lanes.call("solve", target)
        code.store(code.const(0.0), "TS")
        rtol, atol = code.load("RTOL"), code.load("ATOL")
        with self.lanes.each_state() as state:
            size = code.larger(code.intrinsic("fabs", state.get("Y")), code.intrinsic("fabs", state.get("Y1")))
            scaled = code.op("fdiv", state.get("F"), code.fma(rtol, size, atol))
            code.store(code.fma(scaled, scaled, code.load("TS")), "TS")
        return code.op("fmul", code.load("TS"), code.const(MIDDLE * MIDDLE / self.lanes.size))

    def _give_up(self, error: Value) -> None:
        """Lanes that can go no further."""
        code = self.code
        rejected = self.lanes.mask("REJECTED")
        now = code.load("T")
        moved = code.compare("ogt", code.op("fadd", now, code.load("H")), now)
        stuck = code.logic("and", rejected, code.invert(moved))
        with code.when(code.any(stuck)):
            unclear = code.invert(code.compare("ord", error, error))
            singular = code.logic("and", stuck, self.lanes.mask("BAD"))
            self.lanes.release(singular, SINGULAR)
            stuck_now = code.logic("and", stuck, self.lanes.mask("ACTIVE"))
            self.lanes.release(code.logic("and", stuck_now, unclear), NOT_FINITE)
            self.lanes.release(code.logic("and", stuck_now, self.lanes.mask("ACTIVE")), UNDERFLOW)
        over = code.compare("ogt", code.load("STEPS"), self.lanes.splat(self.lanes.context["max_steps"]))
        self.lanes.release(code.logic("and", over, self.lanes.mask("ACTIVE")), STEP_CAP)

    def _accept(self, accepted: Value) -> None:
        code = self.code
        self.lanes.put_mask(accepted, "MID")  # kept: MASK is used by what is called
        if self.watched:
            self._watch(accepted)
        else:
            code.store(code.const(0.0), "FOUND")
        self.readouts.inside_step()
        accepted = self.lanes.mask("MID")
        now, stop = code.load("TNEW"), code.load("STOP")
        with self.lanes.each_state() as state:
            reached = state.get("F" if self.watched else "Y1")
            state.put("Y", code.select(accepted, reached, state.get("Y")))
        code.store(code.select(accepted, now, code.load("T")), "T")
        ends = code.logic("or", code.compare("oge", now, stop), self.lanes.mask("FOUND"))
        self.lanes.put_mask(code.logic("and", accepted, ends), "POINT")

    def _watch(self, accepted: Value) -> None:
        """Ends the step of a lane where a watched mode first changes."""
        code = self.code
        zero = code.const(0.0)
        for name in ("FOUND", "LOW"):
            code.store(zero, name)
        code.store(code.const(1.0), "HIGH")
        move = code.load("MOVE")
        for part in (0.25, 0.5, 0.75, 1.0):
            changed = self._changed(code.const(part))
            changed = code.logic("and", changed, code.invert(self.lanes.mask("FOUND")))
            changed = code.logic("and", changed, self.lanes.mask("MID"))
            code.store(code.select(changed, code.const(part), code.load("HIGH")), "HIGH")
            code.store(code.select(changed, code.const(part - 0.25), code.load("LOW")), "LOW")
            self.lanes.put_mask(code.logic("or", changed, self.lanes.mask("FOUND")), "FOUND")
        alone = code.logic("and", accepted, code.invert(self.lanes.mask("FOUND")))
        code.store(code.select(alone, zero, move), "MOVE")
        with self.lanes.each_state() as state:
            state.put("F", state.get("Y1"))
        with code.when(code.any(self.lanes.mask("FOUND"))):
            with code.loop(BISECTIONS):
                half = code.op("fmul", code.op("fadd", code.load("LOW"), code.load("HIGH")), code.const(0.5))
                changed = self._changed(half)
                code.store(code.select(changed, half, code.load("HIGH")), "HIGH")
                code.store(code.select(changed, code.load("LOW"), half), "LOW")
            found, place = self.lanes.mask("FOUND"), self._far_enough(code.load("HIGH"))
            code.store(place, "HIGH")
            with self.lanes.each_state() as state:
                state.put("U", self.readouts.between(place, state))
            with self.lanes.each_state() as state:
                state.put("F", code.select(found, state.get("U"), state.get("Y1")))
            time = code.fma(place, code.load("STEP"), code.load("T"))
            whole = code.compare("oeq", place, code.const(1.0))
            time = code.select(whole, code.load("TNEW"), time)
            code.store(code.select(found, time, code.load("TNEW")), "TNEW")

    def _far_enough(self, place: Value) -> Value:
        """A part of the step that moves time on.

        It moves it by a few units in the last place, and by more with each change that follows at once on another: so
        modes that rounding alone turns back and forth, or that change ever faster, come to an end.
        """
        code = self.code
        move = code.larger(code.load("MOVE"), code.const(LEAST_MOVE))
        least = code.op("fdiv", code.op("fmul", code.intrinsic("fabs", code.load("T")), move), code.load("STEP"))
        more = code.smaller(code.op("fmul", move, code.const(2.0)), code.const(MOST_MOVE))
        code.store(code.select(self.lanes.mask("FOUND"), more, code.load("MOVE")), "MOVE")
        return code.smaller(code.larger(place, least), code.const(1.0))

    def _changed(self, place: Value) -> Value:
        """Whether a watched mode has another value at a part of the step."""
        code = self.code
        with self.lanes.each_state() as state:
            state.put("U", self.readouts.between(place, state))
        code.store(code.fma(place, code.load("STEP"), code.load("T")), "TS")
        self.lanes.call("modes")
        changed: Value | None = None
        for index in self.watched:
            differs = code.compare("une", code.load("NM", index), code.load("M", index))
            changed = differs if changed is None else code.logic("or", changed, differs)
        assert changed is not None
        return changed
