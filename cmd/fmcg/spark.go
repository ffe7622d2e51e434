package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fmcg/fmcg/pipeline/spark"
)

func (a *app) sparkCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "spark",
		Short: "Take the SQL files to Apache Spark",
	}
	var python string
	bundle := &cobra.Command{
		Use:   "bundle DIR",
		Short: "Write a folder that spark-submit runs: the SQL files as Spark SQL, a manifest and a runner",
		Long: "Transpiles the SQL tree to Spark SQL and writes it to DIR with what spark-submit needs. What is not tested to mean the same\n" +
			"on both engines is refused, with its file, its line and what to write instead. Needs a Python with sqlglot " + spark.SQLGlotVersion + ", here\n" +
			"only: a cluster needs PySpark alone.",
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, args []string) error {
			config, err := a.warehouseConfig()
			if err != nil {
				return err
			}
			written, err := spark.Bundle(command.Context(), spark.Config{Pipeline: config, Python: python, Version: programVersion()}, args[0])
			if err != nil {
				return err
			}
			if a.settings.Format == formatJSON {
				return printJSON(a.stdout, written)
			}
			fmt.Fprintf(a.stdout, "Wrote %s: %d models and %d checks as Spark SQL. Submit it with\n", args[0], len(written.Models), len(written.Checks))
			fmt.Fprintf(a.stdout, "  spark-submit --py-files %[1]s/%[2]s %[1]s/%[3]s --lake URL --warehouse URL\n", args[0], spark.Archive, spark.Main)
			return nil
		},
	}
	bundle.Flags().StringVar(&python, "python", spark.DefaultPython, "Python with sqlglot "+spark.SQLGlotVersion)
	command.AddCommand(bundle)
	return command
}
