// The tags as a tree. What is folded is remembered.
import { words } from "../i18n";
import { stored } from "../state/stored";
import { oneLine } from "../text/safe";
import { tagView, viewKey } from "../text/view";
import { Icon } from "./icons";
import { NavItem } from "./nav";

interface Node {
  path: string;
  name: string;
  children: Node[];
}

const foldedTags = stored<string[]>("folded-tags", []);

/** Paths come sorted, each after its parents. */
export function treeOf(paths: string[]): Node[] {
  const roots: Node[] = [];
  const known = new Map<string, Node>();
  for (const path of paths) {
    const cut = path.lastIndexOf("/");
    const node = { path, name: path.slice(cut + 1), children: [] };
    known.set(viewKey(path), node);
    const parent = cut < 0 ? undefined : known.get(viewKey(path.slice(0, cut)));
    (parent?.children ?? roots).push(node);
  }
  return roots;
}

function toggle(path: string) {
  const key = viewKey(path);
  const now = foldedTags.value;
  foldedTags.value = now.includes(key) ? now.filter((one) => one !== key) : [...now, key];
}

function Branch({ node, level }: { node: Node; level: number }) {
  const open = !foldedTags.value.includes(viewKey(node.path));
  const t = words.value;
  const name = oneLine(node.name);
  const label = open ? t.collapse(name) : t.expand(name);
  return (
    <li class={`level-${Math.min(level, 7)}`}>
      <div class="branch">
        {node.children.length > 0 ? (
          <button type="button" class="fold" aria-expanded={open} aria-label={label} onClick={() => toggle(node.path)}>
            <Icon name="chevron" />
          </button>
        ) : (
          <span class="fold" />
        )}
        <NavItem view={tagView(node.path)} status="open" number="open" lead={<></>}>
          <bdi dir="auto" title={oneLine(node.path)}>
            {name}
          </bdi>
        </NavItem>
      </div>
      {open && node.children.length > 0 && <Branches nodes={node.children} level={level + 1} />}
    </li>
  );
}

function Branches({ nodes, level }: { nodes: Node[]; level: number }) {
  return (
    <ul class="tag-tree">
      {nodes.map((node) => (
        <Branch key={node.path} node={node} level={level} />
      ))}
    </ul>
  );
}

export function TagTree({ paths }: { paths: string[] }) {
  return <Branches nodes={treeOf(paths)} level={0} />;
}
