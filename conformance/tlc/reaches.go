package tlc

import (
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// reaches watches which of a job's goals TLC comes to. The job's root module becomes one
// that extends it and has a constraint which is always true: the first time that a goal
// holds, it prints the goal's number. A register of TLC remembers that it has.
type reaches struct {
	goals   []string
	reached map[int]bool // by number, from 1
	begin   string       // of a line that it prints
}

// firstGoal is the register of TLC before that of the first goal.
const firstGoal = 800

// watchGoals changes a job so that it tells of its goals.
func watchGoals(j *Job) (*reaches, error) {
	r := &reaches{goals: j.Reaches, reached: map[int]bool{}}
	if j.Word == "" {
		j.Word = rand.Text()
	}
	r.begin = `"<<\"` + j.Word + `reaches\", `
	var states, steps []string
	for i, goal := range j.Reaches {
		body, ok := bodyOf(j.Files, goal)
		if !ok {
			return nil, fmt.Errorf("%w: %s is to reach %s, which no module defines", ErrBadJob, j.Config, goal)
		}
		part := fmt.Sprintf("  /\\ (TLCGet(%[1]d) \\/ ~(%[2]s) \\/ ReachesFirst(%[3]d))", firstGoal+1+i, goal, i+1)
		if isAboutStep(body) {
			steps = append(steps, part)
		} else {
			states = append(states, part)
		}
	}
	config := string(j.Files[j.Config])
	text := fmt.Sprintf(`---- MODULE Reaches ----
EXTENDS %s
LOCAL INSTANCE TLC
LOCAL INSTANCE Naturals
ASSUME ReachesNothingYet == \A reachesGoal \in %d .. %d : TLCSet(reachesGoal, FALSE)
ReachesFirst(reachesGoal) ==
  TLCSet(%d + reachesGoal, TRUE) /\ PrintT(ToString(<<%q, reachesGoal>>))
`, j.Module, firstGoal+1, firstGoal+len(j.Reaches), firstGoal, j.Word+"reaches")
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
	return r, nil
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
			names = append(names, goal)
		}
	}
	return names
}

var (
	lineComment = regexp.MustCompile(`\\\*[^\n]*`)
	anyText     = regexp.MustCompile(`"[^"\n]*"`)
	definedName = regexp.MustCompile(`(?m)^(?:[A-Za-z_]\w*(?:\([^)]*\))?\s*==|----|====)`)
	ofStep      = regexp.MustCompile(`'|\bUNCHANGED\b|\]_|>>_`)
)

// bodyOf finds the definition of a name at the beginning of a line.
func bodyOf(files map[string][]byte, name string) (string, bool) {
	begin := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + `[ \t]*==`)
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if !strings.HasSuffix(file, ".tla") {
			continue
		}
		text := anyText.ReplaceAllString(lineComment.ReplaceAllString(string(files[file]), ""), `""`)
		at := begin.FindStringIndex(text)
		if at == nil {
			continue
		}
		body := text[at[1]:]
		if end := definedName.FindStringIndex(body); end != nil {
			body = body[:end[0]]
		}
		return body, true
	}
	return "", false
}

// isAboutStep says whether a definition is about a step, and not about a state. It goes
// by the definition itself, not by those that it names.
func isAboutStep(body string) bool { return ofStep.MatchString(body) }
