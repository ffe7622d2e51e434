package catalog

import (
	"context"
	"time"
)

// Snapshot is a release in figures, by which a person tells it from others.
type Snapshot struct {
	Run             string     `db:"run_id" json:"run"`
	StartedAt       time.Time  `db:"started_at" json:"started_at"`
	FinishedAt      time.Time  `db:"finished_at" json:"finished_at"`
	DataThrough     *time.Time `db:"data_through" json:"data_through"`
	OrderLines      int64      `db:"order_lines" json:"order_lines"`
	Facts           int64      `db:"facts" json:"facts"`
	RevenueINR      string     `db:"revenue_inr" json:"revenue_inr"` // a decimal
	RowsQuarantined int64      `db:"rows_quarantined" json:"rows_quarantined"`
}

// ReadSnapshot opens a release and reads its figures.
func ReadSnapshot(ctx context.Context, path string) (Snapshot, error) {
	var found Snapshot
	warehouse, err := Open(ctx, path)
	if err != nil {
		return found, err
	}
	defer func() { _ = warehouse.Close() }()
	err = warehouse.db.GetContext(ctx, &found, `
		select freshness.run_id, runs.started_at, runs.finished_at, freshness.data_through, freshness.rows_quarantined,
			(select count(*) from gold.sb_fact_orders) as order_lines,
			(select count(*) from gold.fact_orders) as facts,
			(select cast(coalesce(sum(total_amount_inr), 0) as varchar) from gold.vw_fact_orders_enriched) as revenue_inr
		from ops.freshness as freshness
		inner join ops.runs as runs on freshness.run_id = runs.run_id`)
	return found, err
}
