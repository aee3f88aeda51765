// The bundle of the upload page; it alone carries @huggingface/hub and runs under the policy that lets it hash in a worker.
import { mountPage } from "../components/page.tsx";
import { UploadPage } from "./upload-page.tsx";

void mountPage("upload", { upload: UploadPage });
