// Tables: caption, header cells with scope, sorting by buttons, two-line rows on a phone, a row for "nothing here".
import type { ComponentChildren } from "preact";
import { t } from "../lib/messages.ts";

export interface Column<T> {
  id: string;
  head: ComponentChildren;
  cell: (row: T) => ComponentChildren;
  /** right-aligned tabular figures */
  num?: boolean;
  /** on a phone: below the first line, or left out */
  phone?: "second" | "off";
  sortable?: boolean;
  foot?: ComponentChildren;
}

export interface TableProps<T> {
  caption: ComponentChildren;
  hideCaption?: boolean;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T) => string;
  /** shown in place of rows when there are none */
  empty?: ComponentChildren;
  sort?: { id: string; descending: boolean };
  onSort?: (id: string) => void;
  busy?: boolean;
  /** rows stay rows on a phone, the table scrolls sideways */
  scroll?: boolean;
}

export function Table<T>(props: TableProps<T>) {
  const { columns, rows } = props;
  const foot = columns.some((one) => one.foot !== undefined);
  const line = (one: Column<T>): string | undefined => (one.phone === "second" ? "2" : one.phone === "off" ? "off" : undefined);
  const head = (one: Column<T>) => {
    const sorted = props.sort?.id === one.id ? (props.sort.descending ? "descending" : "ascending") : undefined;
    return (
      <th key={one.id} scope="col" class={one.num ? "num" : undefined} aria-sort={one.sortable ? (sorted ?? "none") : undefined}>
        {one.sortable ? <button type="button" onClick={() => props.onSort?.(one.id)}>{one.head}</button> : one.head}
      </th>
    );
  };
  const table = (
    <table class={`table ${props.scroll ? "stick" : "fold"} ${rows.length === 0 ? "empty-table" : ""}`} aria-busy={props.busy ? "true" : undefined}>
      <caption class={props.hideCaption ? "sr-only" : undefined}>{props.caption}</caption>
      <thead><tr>{columns.map(head)}</tr></thead>
      <tbody>
        {rows.length === 0 ? <tr><td colSpan={columns.length}>{props.empty ?? t("common.no_data")}</td></tr> : null}
        {rows.map((row) => (
          <tr key={props.rowKey(row)}>
            {columns.map((one, i) =>
              i === 0
                ? <th key={one.id} scope="row" class={one.num ? "num" : undefined} data-line={line(one)}>{one.cell(row)}</th>
                : <td key={one.id} class={one.num ? "num" : undefined} data-line={line(one)}>{one.cell(row)}</td>)}
          </tr>
        ))}
      </tbody>
      {foot && rows.length > 0 ? (
        <tfoot><tr>{columns.map((one) => <td key={one.id} class={one.num ? "num" : undefined} data-line={line(one)}>{one.foot}</td>)}</tr></tfoot>
      ) : null}
    </table>
  );
  return props.scroll ? <div class="scroll" tabIndex={0} role="region" aria-label={t("common.scroll_table")}>{table}</div> : table;
}
