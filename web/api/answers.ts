// Short names for the shapes that schema.d.ts describes, and what is not in the API's description: Replicate's wire, JSON Schema of inputs.
import type { components } from "./schema.d.ts";

type Schemas = components["schemas"];

/** A page of a list. */
export interface List<T> {
  object: "list";
  data: T[];
  has_more: boolean;
  next_cursor: string | null;
}

export type Money = Schemas["Money"];
export type FieldError = Schemas["FieldError"];
export type Me = Schemas["Me"];
export type MayActFor = Schemas["MayActFor"];
export type MeChange = Schemas["MeChange"];
export type NewUser = Schemas["NewUser"];
export type PasswordChange = Schemas["PasswordChange"];
export type Party = Schemas["Party"];
export type Organisation = Schemas["Organisation"];
export type NewOrganisation = Schemas["NewOrganisation"];
export type OrganisationChange = Schemas["OrganisationChange"];
export type Member = Schemas["Member"];
export type MemberRoles = Schemas["MemberRoles"];
export type Invite = Schemas["Invite"];
export type MadeInvite = Schemas["MadeInvite"];
export type NewInvite = Schemas["NewInvite"];
export type OpenSession = Schemas["OpenSession"];
export type Session = Schemas["Session"];
export type Credentials = Schemas["Credentials"];
export type Token = Schemas["Token"];
export type NewToken = Schemas["NewToken"];
export type MadeToken = Schemas["MadeToken"];
export type PartyLevel = Schemas["PartyLevel"];
export type KycLevel = Schemas["KycLevel"];
export type Listing = Schemas["Listing"];
export type ListingEvent = Schemas["ListingEvent"];
export type Catalogue = Schemas["Catalogue"];
export type CatalogueEntry = Schemas["CatalogueEntry"];
export type Facet = Schemas["Facet"];
export type FacetValue = Schemas["FacetValue"];
export type ActivityDay = Schemas["ActivityDay"];
export type Licence = Schemas["Licence"];
export type NewListing = Schemas["NewListing"];
export type ListingChange = Schemas["ListingChange"];
export type Suspension = Schemas["Suspension"];
export type Plan = Schemas["Plan"];
export type OfferPlan = Schemas["OfferPlan"];
export type NewPlan = Schemas["NewPlan"];
export type PlanComponent = Schemas["PlanComponent"];
export type PlanTier = Schemas["PlanTier"];
export type UsageLine = Schemas["UsageLine"];
export type SavedPlanPreview = Schemas["SavedPlanPreview"];
export type PlanPreview = Schemas["PlanPreview"];
export type Charges = Schemas["Charges"];
export type Charge = Schemas["Charge"];
export type SplitPart = Schemas["SplitPart"];
export type Offer = Schemas["Offer"];
export type NewOffer = Schemas["NewOffer"];
export type Order = Schemas["Order"];
export type OrderLine = Schemas["OrderLine"];
export type OrderRecord = Schemas["OrderRecord"];
export type TimelineStep = Schemas["TimelineStep"];
export type NewOrder = Schemas["NewOrder"];
export type Refund = Schemas["Refund"];
export type RefundLeg = Schemas["RefundLeg"];
export type NewRefund = Schemas["NewRefund"];
export type TradeRecord = Schemas["TradeRecord"];
export type Entitlement = Schemas["Entitlement"];
export type Counter = Schemas["Counter"];
export type EntitlementCheck = Schemas["EntitlementCheck"];
export type Deployment = Schemas["Deployment"];
export type DeploymentChange = Schemas["DeploymentChange"];
export type NewDeployment = Schemas["NewDeployment"];
export type Wallet = Schemas["Wallet"];
export type WalletEntry = Schemas["WalletEntry"];
export type TopUp = Schemas["TopUp"];
export type BankDetails = Schemas["BankDetails"];
export type NewTopUp = Schemas["NewTopUp"];
export type TopUpReceived = Schemas["TopUpReceived"];
export type UsageBucket = Schemas["UsageBucket"];
export type UsageRecord = Schemas["UsageRecord"];
export type Hold = Schemas["Hold"];
export type NewHold = Schemas["NewHold"];
export type Capture = Schemas["Capture"];
export type CaptureEvent = Schemas["CaptureEvent"];
export type MeteredItem = Schemas["MeteredItem"];
export type Balance = Schemas["Balance"];
export type Statement = Schemas["Statement"];
export type StatementTotals = Schemas["StatementTotals"];
export type StatementEntry = Schemas["StatementEntry"];
export type Earning = Schemas["Earning"];
export type EarningKey = Schemas["EarningKey"];
export type OperatorOverview = Schemas["OperatorOverview"];
export type OverviewListings = Schemas["OverviewListings"];
export type OverviewTopUps = Schemas["OverviewTopUps"];
export type OverviewOrders = Schemas["OverviewOrders"];
export type OverviewUsage = Schemas["OverviewUsage"];
export type OverviewParties = Schemas["OverviewParties"];
export type OverviewRepositories = Schemas["OverviewRepositories"];
export type OverviewLog = Schemas["OverviewLog"];
export type OverviewBooks = Schemas["OverviewBooks"];
export type OverviewAlert = Schemas["OverviewAlert"];
export type LogEntry = Schemas["LogEntry"];
export type InclusionProof = Schemas["InclusionProof"];
export type ConsistencyProof = Schemas["ConsistencyProof"];
export type LedgerAccount = Schemas["LedgerAccount"];
export type LedgerTransfer = Schemas["LedgerTransfer"];
export type TrialBalance = Schemas["TrialBalance"];
export type TrialBalanceRow = Schemas["TrialBalanceRow"];
export type AuditEntry = Schemas["AuditEntry"];
export type TestClock = Schemas["TestClock"];
export type ClockMove = Schemas["ClockMove"];

/** A party one may act for, and oneself. */
export interface PartyRef {
  id: string;
  name: string;
  kind: "person" | "organisation";
  roles?: string[];
}

/** JSON Schema of a model's input, the subset of the Replicate wire. */
export interface InputSchema {
  type?: string;
  title?: string;
  properties?: Record<string, InputProperty>;
  required?: string[];
}

export interface InputProperty {
  type?: string;
  format?: string;
  title?: string;
  description?: string;
  default?: unknown;
  enum?: (string | number)[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  items?: InputProperty;
  allOf?: InputProperty[];
  nullable?: boolean;
  "x-order"?: number;
  "x-words"?: string;
}

/** POST /v1/predictions and its relatives (Replicate's wire). */
export interface Prediction {
  id: string;
  model: string;
  version: string;
  status: "starting" | "processing" | "succeeded" | "failed" | "canceled" | "aborted";
  input: Record<string, unknown>;
  output: unknown;
  error: string | null;
  logs: string;
  metrics?: { predict_time?: number; total_time?: number; [more: string]: unknown };
  created_at: string;
  started_at: string | null;
  completed_at: string | null;
  /** input, output and logs are no longer kept */
  data_removed?: boolean;
  urls?: Record<string, string>;
}
