// Package spec reads a spec with its Steps module and its models, and prepares
// runs of TLC over them.
package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/sany"
	"github.com/lockstep-tla/lockstep/conformance/internal/tla"
	"github.com/lockstep-tla/lockstep/conformance/tlc"
	"github.com/lockstep-tla/lockstep/specs/lib"
	"github.com/lockstep-tla/lockstep/trace"
)

// ErrInput is wrapped by every error about the user's input, such as a folder
// without a Steps module or a trace with an unknown step. Such an error is
// neither a verdict nor a failure of the checker.
var ErrInput = errors.New("bad input")

// Spec is a spec with its Steps module, ready to be checked against. It is
// immutable and safe for concurrent use.
type Spec struct {
	// Name is the name of the spec: X where the Steps module is XSteps.
	Name string

	Files  map[string][]byte // by file name: every module and every cfg
	Config *tlc.Config       // XSteps.cfg
	Forms  stepForms         // nil if the Steps module does not name them literally
	fsys   fs.FS

	// Memo keeps results about the spec.
	Memo *memo
}

// Load reads a spec from a folder that holds XSteps.tla, XSteps.cfg and the
// modules that XSteps extends. It looks up further modules in the library
// folders. Replay uses the constants, definitions and invariants of the cfg,
// and Explore the constants, definitions and constraints. All errors wrap
// ErrInput.
func Load(folder fs.FS, library ...fs.FS) (*Spec, error) {
	s, err := load(folder, library)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInput, err)
	}
	return s, nil
}

func load(folder fs.FS, library []fs.FS) (*Spec, error) {
	s := &Spec{Files: map[string][]byte{}, fsys: folder, Memo: &memo{}}
	if folder == nil {
		return nil, errors.New("there is no folder with a spec")
	}
	if slices.Contains(library, nil) {
		return nil, errors.New("a folder of the library is nil")
	}
	for _, dir := range append(slices.Clone(library), folder) {
		names, err := fs.Glob(dir, "*.tla")
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if s.Files[name], err = fs.ReadFile(dir, name); err != nil {
				return nil, err
			}
		}
	}
	found, err := fs.Glob(folder, "?*Steps.tla")
	if err != nil {
		return nil, err
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("the folder must hold one module XSteps.tla for its spec X; it holds %d", len(found))
	}
	s.Name = strings.TrimSuffix(found[0], "Steps.tla")
	source, err := fs.ReadFile(folder, s.Name+"Steps.cfg")
	if err != nil {
		return nil, fmt.Errorf("the model of %s is missing: %w", found[0], err)
	}
	if s.Config, err = tlc.ParseConfig(string(source)); err != nil {
		return nil, fmt.Errorf("%sSteps.cfg:%w", s.Name, err)
	}
	if err := s.checkConfig(); err != nil {
		return nil, fmt.Errorf("%sSteps.cfg: %w", s.Name, err)
	}
	if err := s.checkNames(); err != nil {
		return nil, err
	}
	if err := s.checkTaken(s.Name+"Steps.cfg", s.Config); err != nil {
		return nil, err
	}
	if err := s.inspect(); err != nil {
		return nil, err
	}
	return s, s.addOwn()
}

// addOwn adds the modules that every spec meets its code in. Steps is the one
// that a folder may hold as well, to be run by hand; but the words in it mean
// the same everywhere, so it is always ours.
func (s *Spec) addOwn() error {
	own, err := fs.Glob(lib.Modules, "*.tla")
	if err != nil {
		return err
	}
	for _, name := range own {
		if s.Files[name], err = lib.Modules.ReadFile(name); err != nil {
			return err
		}
	}
	return nil
}

// spoken are the operators by which our modules mean what they say. No model may
// put something else in their place.
var spoken = []string{"Step", "Arg", "Members", "ExplainHere", "Print", "PrintT", "ToString", "TLCSet", "TLCGet", "Assert"}

// checkConfig refuses what a Steps.cfg cannot mean. The checker begins with
// Init and goes on with StepsNext, whatever else is there.
func (s *Spec) checkConfig() error {
	if c := s.Config; c.Init != "" && c.Init != "Init" || c.Next != "" && c.Next != "StepsNext" {
		return fmt.Errorf("the checker works with Init and StepsNext only, not with INIT %s and NEXT %s", c.Init, c.Next)
	}
	if c := s.Config; c.Symmetry != "" || c.View != "" || c.Alias != "" || len(c.Postconditions) > 0 || c.CheckDeadlock {
		return errors.New(meaningless(c))
	}
	for _, c := range s.Config.Constants {
		if slices.Contains(spoken, c.Name) || ownNames()[c.Name] {
			return fmt.Errorf("%s is the checker's to define", c.Name)
		}
	}
	return nil
}

// meaningless says why a keyword that has no meaning for the checker cannot stand
// in a Steps.cfg. The checker ignores nothing in it.
func meaningless(c *tlc.Config) string {
	switch {
	case c.Symmetry != "":
		return "SYMMETRY " + c.Symmetry + ": the checker must tell all states apart; use it in a model of the spec itself"
	case c.View != "":
		return "VIEW " + c.View + ": the checker must tell all states apart; use it in a model of the spec itself"
	case c.Alias != "":
		return "ALIAS " + c.Alias + ": the checker shows states as they are; use it in a model of the spec itself"
	case c.CheckDeadlock:
		return "CHECK_DEADLOCK TRUE: a trace ends where the recording ended, so the checker cannot look for a deadlock; use it in a model of the spec itself"
	}
	return "POSTCONDITION " + c.Postconditions[0] + ": the checker gives each trace a verdict of its own; use it in a model of the spec itself"
}

// checkSpecification holds SPECIFICATION to Init and StepsNext. Fairness may
// follow: it says nothing of what has been recorded.
func (s *Spec) checkSpecification(code string) error {
	name := s.Config.Specification
	if name == "" {
		return nil
	}
	found := regexp.MustCompile(`(?ms)^\s*` + regexp.QuoteMeta(name) + `\s*==(.*?)(?:\n\s*\w+\s*(?:\([^)]*\)|\[[^\]]*\])?\s*==|\n[-=]{4}|\n\s*(?:THEOREM|ASSUME|VARIABLES?|CONSTANTS?)\b|\z)`).FindStringSubmatch(code)
	if found == nil {
		return fmt.Errorf("SPECIFICATION %s is defined in no module of this folder", name)
	}
	body := strings.TrimPrefix(strings.Join(strings.Fields(found[1]), ""), `/\`)
	if rest, ok := strings.CutPrefix(body, `Init/\[][StepsNext]_vars`); !ok || rest != "" && !strings.HasPrefix(rest, `/\`) {
		return fmt.Errorf(`SPECIFICATION %s must be Init /\ [][StepsNext]_vars, as the checker works with these`, name)
	}
	return nil
}

// Steps returns the names of the steps, sorted, or nil if the Steps module does
// not name them literally.
func (s *Spec) Steps() []string {
	if s.Forms == nil {
		return nil
	}
	return tla.SortedKeys(s.Forms)
}

// ModelValues says which constants of the cfg hold model values that the header of a trace
// replaces by nothing: what a trace records equals none of them. "" if there are none.
func (s *Spec) ModelValues(h *trace.Header) string {
	for _, c := range s.Config.Constants {
		v, err := tlc.ParseValue(c.Value)
		if _, given := h.Constants[c.Name]; err != nil || given {
			continue
		}
		set, ok := v.(tlc.Set)
		if !ok || !slices.ContainsFunc(set, func(m tlc.Value) bool { _, ok := m.(tlc.Model); return ok }) {
			continue
		}
		return fmt.Sprintf("%sSteps.cfg has model values, %s = %s, and no recorded string equals one: write strings there", s.Name, c.Name, c.Value)
	}
	return ""
}

// kindOf is the kind of a constant. An empty set is one of anything.
func kindOf(v tlc.Value) string {
	switch v := v.(type) {
	case int:
		return "a number"
	case bool:
		return "a boolean"
	case string, tlc.Model:
		return "a string"
	case tlc.Set:
		if len(v) == 0 {
			return "a set"
		}
		kinds := map[string]bool{}
		for _, member := range v {
			kinds[strings.TrimPrefix(kindOf(member), "a ")] = true
		}
		return "a set of " + strings.Join(tla.SortedKeys(kinds), "s and ") + "s"
	case map[string]tlc.Value:
		return "a record"
	}
	return "something else"
}

func constantNames(config *tlc.Config) string {
	var names []string
	for _, c := range config.Constants {
		if c.Definition == "" {
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, ", ")
}

// Job prepares a run of TLC over the module root. The module Instance extends
// the Steps module and has the given definitions.
func (s *Spec) Job(root string, config *tlc.Config, subject string) tlc.Job {
	files := maps.Clone(s.Files)
	files["Instance.tla"] = []byte("---- MODULE Instance ----\nEXTENDS " + s.Name + "Steps\n" + subject + "====\n")
	files[root+".cfg"] = []byte(config.String())
	return tlc.Job{Files: files, Module: root, Config: root + ".cfg"}
}

// WithConstants returns a configuration with the constants of the Steps.cfg,
// some of them replaced.
func (s *Spec) WithConstants(constants []tlc.Constant) *tlc.Config {
	config := &tlc.Config{Constants: slices.Clone(s.Config.Constants), IgnoreDeadlock: true}
	for _, c := range constants {
		config.Set(c)
	}
	return config
}

// ConstantsOf returns the constants in a trace's header in the notation of a
// cfg, sorted by name. A cfg has no sequences, so an array is a set.
func ConstantsOf(t *trace.Trace) ([]tlc.Constant, error) {
	var constants []tlc.Constant
	for _, name := range tla.SortedKeys(t.Header.Constants) {
		text, err := tlc.FormatConstant(arraysAsSets(t.Header.Constants[name]))
		if err != nil {
			return nil, fmt.Errorf("constant %s: %w", name, err)
		}
		constants = append(constants, tlc.Constant{Name: name, Value: text})
	}
	return constants, nil
}

func arraysAsSets(v trace.Value) tlc.Value {
	list, ok := v.([]trace.Value)
	if !ok {
		return v
	}
	set := make(tlc.Set, len(list))
	for i := range list {
		set[i] = arraysAsSets(list[i])
	}
	return set
}

// Model is the TLC run over one of the spec's models: the ordinary one for "",
// X + name for a name such as Large, for the name of an abstract spec its own, and
// for the name of a rule the model in which it is left out. The error wraps
// ErrInput, and fs.ErrNotExist if there is no such model.
func (s *Spec) Model(name string) (tlc.Job, *tlc.Config, error) {
	module, file := s.modelOf(s.Name), s.Name+name+".cfg"
	source, err := fs.ReadFile(s.fsys, file)
	if errors.Is(err, fs.ErrNotExist) && s.isAbstract(name+".cfg") {
		module, file = s.modelOf(name), name+".cfg"
		source, err = fs.ReadFile(s.fsys, file)
	}
	if errors.Is(err, fs.ErrNotExist) && name != "" {
		module, file = s.Name+"Broken", "broken/"+name+".cfg"
		source, err = fs.ReadFile(s.fsys, file)
	}
	if err != nil {
		if name == "" {
			return tlc.Job{}, nil, fmt.Errorf("%w: %s has no model: %w", ErrInput, s.Name, err)
		}
		return tlc.Job{}, nil, fmt.Errorf("%w: %s has no model %q: %w", ErrInput, s.Name, name, err)
	}
	config, err := tlc.ParseConfig(string(source))
	if err != nil {
		return tlc.Job{}, nil, fmt.Errorf("%w: %s:%w", ErrInput, file, err)
	}
	if err := s.checkTaken(file, config); err != nil {
		return tlc.Job{}, nil, fmt.Errorf("%w: %w", ErrInput, err)
	}
	job := tlc.Job{Files: maps.Clone(s.Files), Module: module, Config: path.Base(file)}
	job.Files[job.Config] = source
	if config.Expect != nil {
		if job.Reaches, err = s.goals(config.Expect.Reaches); err != nil {
			return tlc.Job{}, nil, fmt.Errorf("%w: %s: %w", ErrInput, file, err)
		}
	}
	return job, config, nil
}

// modelOf is the module that TLC checks a spec X by: MCX if there is one. It has
// what the models need beside the spec, such as bounds.
func (s *Spec) modelOf(name string) string {
	if _, ok := s.Files["MC"+name+".tla"]; ok {
		return "MC" + name
	}
	return name
}

// With is the spec with other files in the place of its own: modules of the same
// names and steps.
func (s *Spec) With(files map[string][]byte) *Spec {
	other := *s
	other.Files, other.Memo = files, &memo{}
	return &other
}

// Models returns the names of the cfg files of the spec itself, the ordinary
// one first.
func (s *Spec) Models() ([]string, error) {
	names, err := fs.Glob(s.fsys, s.Name+"*.cfg")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(names, func(n string) bool { return n == s.Name+"Steps.cfg" || s.isAbstract(n) }), nil
}

// Abstract returns the names of the other specs in the folder that have a model
// of their own: each Y with the files Y.tla and Y.cfg. X refines it, or is built
// on it.
func (s *Spec) Abstract() ([]string, error) {
	names, err := fs.Glob(s.fsys, "*.cfg")
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(n string) bool { return !s.isAbstract(n) })
	for i, n := range names {
		names[i] = strings.TrimSuffix(n, ".cfg")
	}
	return names, nil
}

// IsOwn reports whether a file is a module of the checker, or its Steps.
func (s *Spec) IsOwn(file string) bool {
	return file == "Steps.tla" || ownModules()[strings.TrimSuffix(file, ".tla")]
}

func (s *Spec) isAbstract(file string) bool {
	name := strings.TrimSuffix(file, ".cfg")
	_, ok := s.Files[name+".tla"]
	return ok && name != s.Name && name != s.Name+"Steps"
}

// BrokenRules returns the names of the rules that have a broken model: the cfg
// files in the folder broken.
func (s *Spec) BrokenRules() ([]string, error) {
	names, err := fs.Glob(s.fsys, "broken/*.cfg")
	if err != nil {
		return nil, err
	}
	for i, n := range names {
		names[i] = strings.TrimSuffix(path.Base(n), ".cfg")
	}
	slices.Sort(names)
	return names, nil
}

// Source returns the text of a module with tabs replaced by blanks, so that
// lines and columns are those of the Coverage. It is "" if there is no such
// module.
func (s *Spec) Source(module string) string {
	return string(sany.NewSources(s.Files).Files[module+".tla"])
}
