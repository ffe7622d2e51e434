package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/pipeline"
)

func (a *app) migrateCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "migrate",
		Short: "The migrations of the tables that hold state: which are applied, and a new one",
		Long: "Schemas, bronze and ops hold state, so they change by migrations (sql/migrations, goose). A refresh applies pending ones\n" +
			"in its private clone: one that fails harms nothing. Silver and gold are what their SQL says and need none.",
	}
	command.AddCommand(
		&cobra.Command{
			Use:   "status",
			Short: "Say which migrations the published file has, and which the next refresh applies",
			Args:  cobra.NoArgs,
			RunE: func(command *cobra.Command, _ []string) error {
				config, err := a.warehouseConfig()
				if err != nil {
					return err
				}
				migrations, err := pipeline.Migrations(command.Context(), config)
				if err != nil {
					return err
				}
				if a.settings.Format == formatJSON {
					return printJSON(a.stdout, migrations)
				}
				var rows [][]any
				for _, migration := range migrations {
					applied := "pending"
					if !migration.AppliedAt.IsZero() {
						applied = migration.AppliedAt.Format("2006-01-02 15:04")
					}
					rows = append(rows, []any{migration.Path, applied})
				}
				printTable(a.stdout, []string{"migration", "applied (UTC)"}, rows)
				return nil
			},
		},
		&cobra.Command{
			Use:   "new NAME --sql DIR",
			Short: "Write an empty migration, numbered after the last, into the tree that you edit",
			Args:  cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error {
				if a.settings.SQL == "" {
					return usageError{errors.New("name the tree that you edit: --sql DIR")}
				}
				path, err := pipeline.NewMigration(a.settings.SQL, args[0])
				if err != nil {
					return err
				}
				fmt.Fprintln(a.stdout, path)
				return nil
			},
		},
	)
	return command
}
