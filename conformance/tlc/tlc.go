package tlc

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/lockstep-tla/lockstep/conformance/internal/store"
)

// What can keep TLC from running. All errors of this package that a caller
// may want to tell apart wrap one of these.
var (
	// ErrNoJava means that no Java of version 11 or later was found.
	ErrNoJava = errors.New("no Java 11 or later")
	// ErrNoJar means that TLC's jar is missing or is not TLC.
	ErrNoJar = errors.New("no TLC")
	// ErrChecksum means that the cached jar is not the one that is pinned.
	ErrChecksum = errors.New("wrong checksum")
	// ErrNoMaven means that Setup needs Maven to fetch the jar, and there is none.
	ErrNoMaven = errors.New("no Maven")
	// ErrBadJob means that a Job cannot be run as it is.
	ErrBadJob = errors.New("bad TLC job")
)

// TLC is a model checker that is ready to run. It has no state of its own:
// any number of goroutines may run jobs at once.
type TLC struct {
	Java        string // the java executable
	JavaVersion int    // its feature version, such as 17
	Jar         string // the jar that holds TLC
	JarSHA256   string // of Jar
	Archive     string // the class archive that makes it start faster, or ""
	// Store keeps what runs have said, so that the same is not asked twice; nil
	// lets each run ask. Find takes the user's store.
	Store *store.Store `json:"-"`

	javaBuild string // tells one Java from another
}

// Find looks for Java and for TLC's jar and starts nothing heavy. Java is
// $JAVA_HOME/bin/java, or java on the PATH. The jar is the one that
// $TLA2TOOLS_JAR names, or the pinned one that Setup has left in the user's
// cache folder; the latter is verified each time.
func Find(ctx context.Context) (*TLC, error) {
	java, err := findJava(ctx)
	if err != nil {
		return nil, err
	}
	jar, sum, err := findJar()
	if err != nil {
		return nil, err
	}
	t := &TLC{
		Java: java.path, JavaVersion: java.feature, Jar: jar, JarSHA256: sum,
		Store: store.Default(), javaBuild: java.build,
	}
	if archive, err := archivePath(java, t.classPath(), sum); err == nil {
		if info, err := os.Stat(archive); err == nil && info.Size() > 0 {
			t.Archive = archive
		}
	}
	return t, nil
}

// String says which Java and which jar are used.
func (t *TLC) String() string {
	return fmt.Sprintf("TLC of %s on Java %d (%s)", t.Jar, t.JavaVersion, t.Java)
}
