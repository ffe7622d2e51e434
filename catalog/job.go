package catalog

import (
	"cmp"
	"context"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/lineage"
)

// Job is what the job does, task by task, by the SQL that a release holds.
type Job struct {
	Name  string    `json:"job"`
	Tasks []JobTask `json:"tasks"` // each after those that it needs
}

// JobTask is a task of the job.
type JobTask struct {
	Name  string    `json:"task"`
	Needs []string  `json:"needs"`     // tasks whose tables its SQL reads
	Files []JobFile `json:"sql_files"` // each after those that it reads
}

// JobFile is a SQL file of the job and the table that it makes.
type JobFile struct {
	Path  string   `json:"file"`
	Table string   `json:"table"`
	Reads []string `json:"reads"` // tables
	SQL   string   `json:"sql"`
}

// UndefinedJob is what is known of the job where no SQL is: its name and its tasks.
func UndefinedJob() Job {
	job := Job{Name: jobName, Tasks: []JobTask{}}
	for _, name := range jobTasks {
		job.Tasks = append(job.Tasks, JobTask{Name: name, Needs: []string{}, Files: []JobFile{}})
	}
	return job
}

// Job reads the job of the release; with a SQL tree, that tree's. It fails with ErrNoSQL where the release holds none.
func (w *Warehouse) Job(ctx context.Context, tree fs.FS) (Job, error) {
	texts, err := w.sqlFiles(ctx)
	if tree != nil {
		texts, err = modelFiles(tree)
	}
	if err != nil {
		return UndefinedJob(), err
	}
	from, err := w.Lineage(ctx, tree)
	if err != nil {
		return UndefinedJob(), err
	}
	return jobOf(texts, from), nil
}

func jobOf(texts map[string]string, from *lineage.Lineage) Job {
	job := UndefinedJob()
	taskOf, needs := map[string]string{}, map[string]map[string]bool{}
	for _, model := range from.Models {
		found := taskLine.FindStringSubmatch(texts[model.Path])
		if found == nil {
			continue // a table of no task
		}
		name := found[1]
		file := JobFile{Path: model.Path, Table: model.Table, Reads: slices.Clone(model.Reads), SQL: texts[model.Path]}
		if file.Reads == nil {
			file.Reads = []string{}
		}
		i := slices.IndexFunc(job.Tasks, func(task JobTask) bool { return task.Name == name })
		if i < 0 { // an engineer added it
			job.Tasks, i = append(job.Tasks, JobTask{Name: name, Needs: []string{}}), len(job.Tasks)
		}
		job.Tasks[i].Files = append(job.Tasks[i].Files, file)
		taskOf[model.Table] = name
		for _, read := range model.Reads {
			if other := taskOf[read]; other != "" && other != name {
				if needs[name] == nil {
					needs[name] = map[string]bool{}
				}
				needs[name][other] = true
			}
		}
	}
	for i, task := range job.Tasks {
		job.Tasks[i].Needs = append(job.Tasks[i].Needs, slices.Sorted(maps.Keys(needs[task.Name]))...)
	}
	slices.SortStableFunc(job.Tasks, func(a, b JobTask) int { return cmp.Compare(depth(job.Tasks, a.Name), depth(job.Tasks, b.Name)) })
	return job
}

// Depth is how many tasks must end, one after the other, before a task can begin.
func (j Job) Depth(task string) int { return depth(j.Tasks, task) }

func depth(tasks []JobTask, name string) int {
	deepest := 0
	for _, task := range tasks {
		if task.Name != name {
			continue
		}
		for _, needed := range task.Needs {
			// Two tasks may read each other's tables: of these the one listed first is the earlier.
			if before(tasks, needed, name) {
				deepest = max(deepest, 1+depth(tasks, needed))
			}
		}
	}
	return deepest
}

// before says that one task is listed before another.
func before(tasks []JobTask, one, other string) bool {
	for _, task := range tasks {
		if task.Name == one || task.Name == other {
			return task.Name == one
		}
	}
	return false
}

// SQLOf is the text of one of the job's files, by its path in the tree, however it is written.
func (j Job) SQLOf(path string) (string, bool) {
	for _, task := range j.Tasks {
		for _, file := range task.Files {
			if file.Path == path || strings.HasSuffix(path, "/"+file.Path) {
				return file.SQL, true
			}
		}
	}
	return "", false
}
