package tlc

import (
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"strconv"
	"strings"
)

// Goal is what a search is to come to: a definition that is true of some state, or of some
// step.
type Goal struct {
	Name   string
	OfStep bool
}

// reaches watches which of a job's goals TLC comes to. The job's root module becomes one
// that extends it and has a constraint which is always true: the first time that a goal
// holds, it prints the goal's number. A register of TLC remembers that it has.
type reaches struct {
	goals   []Goal
	reached map[int]bool // by number, from 1
	begin   string       // of a line that it prints
}

// firstGoal is the register of TLC before that of the first goal.
const firstGoal = 800

// reaching is a module of its own, so that none of its names, or TLC's, is one of the spec's.
const reaching = `---- MODULE ReachesGoals ----
LOCAL INSTANCE TLC
LOCAL INSTANCE Naturals
LOCAL Register(goal) == %d + goal
Nothing(goals) == \A goal \in 1 .. goals : TLCSet(Register(goal), FALSE)
Has(goal)      == TLCGet(Register(goal))
First(goal)    == TLCSet(Register(goal), TRUE) /\ PrintT(ToString(<<%q, goal>>))
====
`

// watchGoals changes a job so that it tells of its goals.
func watchGoals(j *Job) *reaches {
	r := &reaches{goals: j.Reaches, reached: map[int]bool{}}
	if j.Word == "" {
		j.Word = rand.Text()
	}
	r.begin = `"<<\"` + j.Word + `reaches\", `
	var states, steps []string
	for i, goal := range j.Reaches {
		part := fmt.Sprintf("  /\\ (ReachesGoals!Has(%[1]d) \\/ ~(%[2]s) \\/ ReachesGoals!First(%[1]d))", i+1, goal.Name)
		if goal.OfStep {
			steps = append(steps, part)
		} else {
			states = append(states, part)
		}
	}
	config := string(j.Files[j.Config])
	text := fmt.Sprintf(`---- MODULE Reaches ----
EXTENDS %s
ReachesGoals == INSTANCE ReachesGoals
ASSUME ReachesNothingYet == ReachesGoals!Nothing(%d)
`, j.Module, len(j.Reaches))
	if len(states) > 0 {
		text += "ReachesStates ==\n" + strings.Join(states, "\n") + "\n"
		config += "\nCONSTRAINT ReachesStates\n"
	}
	if len(steps) > 0 {
		text += "ReachesSteps ==\n" + strings.Join(steps, "\n") + "\n"
		config += "\nACTION_CONSTRAINT ReachesSteps\n"
	}
	j.Files = maps.Clone(j.Files)
	j.Files["Reaches.tla"] = []byte(text + "====\n")
	j.Files["ReachesGoals.tla"] = fmt.Appendf(nil, reaching, firstGoal, j.Word+"reaches")
	j.Files[j.Config] = []byte(config)
	j.Module = "Reaches"
	listen := j.Print
	j.Print = func(line string) {
		if !r.heard(line) && listen != nil {
			listen(line)
		}
	}
	if j.Log != nil {
		j.Log = &quietLog{Writer: j.Log, goals: r}
	}
	return r
}

// quietLog leaves out the lines about goals. Each Write has whole lines.
type quietLog struct {
	io.Writer
	goals *reaches
}

func (w *quietLog) Write(p []byte) (int, error) {
	if strings.HasPrefix(string(p), w.goals.begin) {
		return len(p), nil
	}
	return w.Writer.Write(p)
}

// heard takes a line that is about a goal.
func (r *reaches) heard(line string) bool {
	rest, ok := strings.CutPrefix(line, r.begin)
	if !ok {
		return false
	}
	n, err := strconv.Atoi(strings.TrimSuffix(rest, `>>"`))
	if err == nil {
		r.reached[n] = true
	}
	return err == nil
}

// missed names the goals that TLC has not come to.
func (r *reaches) missed() (names []string) {
	for i, goal := range r.goals {
		if !r.reached[i+1] {
			names = append(names, goal.Name)
		}
	}
	return names
}
