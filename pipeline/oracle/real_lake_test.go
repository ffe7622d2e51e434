package oracle

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
)

const realLakeVariable = "FMCG_REAL_LAKE"

// realLake is the folder of the company's own files, which are no part of the project.
func realLake(t *testing.T) string {
	t.Helper()
	folder := cmp.Or(os.Getenv(realLakeVariable), "../../../shared/lake")
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		t.Skipf("%s did not run: the real lake is not at %s; name its folder in %s", t.Name(), folder, realLakeVariable)
	}
	return folder
}

func TestTheRealLakeHasTheRevenueOfTheCompanysReport(t *testing.T) {
	w := computed(t, os.DirFS(realLake(t)))
	revenue := w.RevenueByQuarter()
	for quarter, want := range map[string]string{
		"2024-Q1": "3943669280.00",
		"2024-Q2": "3714797270.00",
		"2024-Q3": "7676783970.00",
		"2024-Q4": "19735740810.00",
	} {
		if got := revenue[quarter]; got == nil || got.String() != want {
			t.Errorf("revenue of %s is %v, want %s", quarter, got, want)
		}
	}
	for _, line := range summary(w) {
		t.Log(line)
	}
}

// summary says what a warehouse holds, for people.
func summary(w Warehouse) []string {
	var lines []string
	revenue := w.RevenueByQuarter()
	for _, quarter := range slices.Sorted(maps.Keys(revenue)) {
		lines = append(lines, fmt.Sprintf("revenue %s %s", quarter, revenue[quarter]))
	}
	for _, table := range w.Tables() {
		lines = append(lines, fmt.Sprintf("%s: %d rows", table.Name, len(table.Rows)))
	}
	total := map[string]Account{}
	for _, a := range w.Accounts {
		sum := total[a.TableName]
		sum.TableName = a.TableName
		sum.Read += a.Read
		sum.Loaded += a.Loaded
		sum.Duplicate += a.Duplicate
		sum.Superseded += a.Superseded
		sum.Quarantined += a.Quarantined
		total[a.TableName] = sum
	}
	for _, table := range slices.Sorted(maps.Keys(total)) {
		lines = append(lines, fmt.Sprintf("account %+v", total[table]))
	}
	reasons := map[string]int{}
	for _, q := range w.Quarantine {
		reasons[fmt.Sprintf("%s %s", q.TableName, q.Reason)]++
	}
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		lines = append(lines, fmt.Sprintf("quarantine %s: %d", reason, reasons[reason]))
	}
	return append(lines, fmt.Sprintf("unique customers %d, rejected files %d", w.UniqueCustomers(), len(w.Rejected)))
}
