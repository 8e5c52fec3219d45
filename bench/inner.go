package bench

import (
	"errors"
	"flag"
	"fmt"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

const library = "github.com/axess-go/axess"

// inner is a benchmark inside a package of the library, for what has no name
// outside of it. Its test binary is built once and run in every round.
type inner struct {
	binary, dir, name string
}

func newInner(scratch, pkg, name string) (Subject, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", library).Output()
	if err != nil {
		return nil, fmt.Errorf("find the library: %w", err)
	}
	root := strings.TrimSpace(string(out))
	i := inner{
		binary: filepath.Join(scratch, path.Base(pkg)+".test"),
		dir:    filepath.Join(root, filepath.FromSlash(pkg)),
		name:   name,
	}
	build := exec.Command("go", "test", "-c", "-o", i.binary, ".")
	build.Dir = i.dir
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return i, nil
}

func (i inner) Check() error {
	_, err := i.run("1x")
	return err
}

func (i inner) Measure() (Sample, error) {
	return i.run(flag.Lookup("test.benchtime").Value.String())
}

func (i inner) run(benchtime string) (Sample, error) {
	cmd := exec.Command(i.binary, "-test.run=^$", "-test.bench=^"+i.name+"$", "-test.benchtime="+benchtime, "-test.benchmem")
	cmd.Dir = i.dir
	out, err := cmd.Output()
	if err != nil {
		return Sample{}, fmt.Errorf("run %s: %w\n%s", i.name, err, out)
	}
	return parse(string(out))
}

var line = regexp.MustCompile(`(?m)^Benchmark\S*\s+\d+\s+([0-9.]+) ns/op\s+(\d+) B/op\s+(\d+) allocs/op`)

// parse reads the one line of figures in what a benchmark printed.
func parse(out string) (Sample, error) {
	m := line.FindAllStringSubmatch(out, -1)
	if len(m) != 1 {
		return Sample{}, fmt.Errorf("want one benchmark, got %d", len(m))
	}
	ns, err1 := strconv.ParseFloat(m[0][1], 64)
	bytes, err2 := strconv.ParseInt(m[0][2], 10, 64)
	allocs, err3 := strconv.ParseInt(m[0][3], 10, 64)
	return Sample{Nanoseconds: ns, Allocs: allocs, Bytes: bytes}, errors.Join(err1, err2, err3)
}
